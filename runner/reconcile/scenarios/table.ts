import { customersWord } from './customers-word.ts';
import { faultyWorld } from './faulty-world.ts';
import { goingBack } from './going-back.ts';
import { installing } from './installing.ts';
import { keeping } from './keeping.ts';
import type { Scenario } from './scenario.ts';
import { upgrading } from './upgrading.ts';

/** previous state x fault x policy -> what is done and how it ends. Each sentence begins with its theme. */
export const themes: Readonly<Record<string, readonly Scenario[]>> = {
  'at a first install,': installing,
  'when another release is wanted,': upgrading,
  'when a release fails,': goingBack,
  'while a release is in force,': keeping,
  'in a world that fails,': faultyWorld,
  "by the customer's word,": customersWord,
};
