import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '../../contract/index.ts';
import type { RegistryHabits } from './answers.ts';
import type { RegistryAuth } from './authorization.ts';
import type { RegistryContent } from './content.ts';
import type { FaultRegistry } from './fault-registry.ts';
import type { Fault, FaultRule, Operation } from './faults.ts';
import { plantImage, type Planted } from './plant.ts';

export const mebibyte = 1024 * 1024;
export const repository = 'shop/gateway';

/** What is copied: planted at the source before the copy. */
export type Plant = (content: RegistryContent) => Planted & { also?: readonly Planted[] };

/** What one direction meets, and what has to come of it. */
export type Meeting = {
  /** Of the registry that fails: the source of a pull, the target of a push. */
  rules?: (registry: FaultRegistry, planted: Planted) => readonly FaultRule[];
  /** Bytes that the source gives, at most, in relation to the content; or the code that ends the copy. */
  expected: { survives: number } | { refused: ErrorCode };
  /** The registry that fails, before the copy. Default: it knows the repository. */
  before?: (registry: FaultRegistry, planted: Planted, source: RegistryContent) => void;
  /** What `plant` gave beside the root arrives, too. Default true. */
  also?: boolean;
  /** What else is true of it after the copy, seen from outside. */
  then?: (registry: FaultRegistry) => boolean;
};

export type FaultRow = {
  name: string;
  habits?: Partial<RegistryHabits>;
  auth?: RegistryAuth;
  /** Default: an image with one layer of 1 MiB. */
  plant?: Plant;
  pull: Meeting;
  push: Meeting;
};

export const image: Plant = (content) => plantImage(content, repository, [randomBytes(mebibyte)], { tag: 'v1' });
export const survives = { survives: 1.05 };
/** Nothing of it had arrived, or so little of so small a layer that all the rest may have been lost on the way: cut-uploads.matrix.test.ts has large ones. */
export const sentTwice = { survives: 2.05 };

/** The same on the operation that carries the bytes in this direction. */
export const both = (fault: Fault, times?: number): Pick<FaultRow, 'pull' | 'push'> => {
  const on = (operation: Operation) => () => [{ on: operation, fault, ...(times === undefined ? {} : { times }) }];
  return {
    pull: { rules: on('blob-get'), expected: survives },
    push: { rules: on('upload-start'), expected: survives },
  };
};
export const always = (on: Operation, fault: Fault): Pick<Meeting, 'rules'> => ({ rules: () => [{ on, fault }] });
export const times = (count: number, on: Operation, fault: Fault): Pick<Meeting, 'rules'> => ({
  rules: () => [{ on, times: count, fault }],
});
/** Only the large layer, not the small config beside it. */
export const layerGet = (fault: Fault, count = 1): Pick<Meeting, 'rules'> => ({
  rules: ({ content }) => [
    {
      on: 'blob-get',
      times: count,
      when: ({ reference }) => (content.blobs.get(reference)?.byteLength ?? 0) >= mebibyte,
      fault,
    },
  ],
});
export const layerPut = (fault: Fault, count = 1): Pick<Meeting, 'rules'> => ({
  rules: () => [{ on: 'upload-end', times: count, when: ({ length }) => length >= mebibyte, fault }],
});
/** The layer is cut in the middle, and what comes after it meets a fault of its own. */
export const cutThen = (fault: Fault, count?: number): Pick<Meeting, 'rules'> => ({
  rules: (registry, planted) => [
    ...(layerGet({ kind: 'cut', after: mebibyte / 2 }).rules?.(registry, planted) ?? []),
    { on: 'blob-get', when: ({ from }) => from > 0, fault, ...(count === undefined ? {} : { times: count }) },
  ],
});
export const untouched: Meeting = { expected: survives };
export const count = (registry: FaultRegistry, operation: Operation): number =>
  registry.requests.filter((each) => each.operation === operation).length;
