import { LandfallError } from '../../contract/index.ts';
import type { BaseOutputs, InstallSession } from '../../install/index.ts';
import type { Customer, Vendor } from '../story/index.ts';
import type { World } from '../world/index.ts';
import type { Prober } from './prober.ts';

/** What the steps of the demo hand on to each other; each part is there once its step is done. */
export type Stage = {
  world?: World;
  vendor?: Vendor;
  customer?: Customer;
  externalId?: string;
  session?: InstallSession;
  base?: BaseOutputs;
  prober?: Prober;
  /** Since when the control plane has been away. */
  awaySince?: Date;
};

/** A part that an earlier step has put on the stage. */
export function on<Part extends keyof Stage>(stage: Stage, part: Part): NonNullable<Stage[Part]> {
  const found = stage[part];
  if (found === undefined || found === null) throw new LandfallError('LF-DEMO-002', `the demo has no ${part} yet`);
  return found;
}

/** A check from outside. `what` is what should hold. */
export function hold(condition: boolean, what: string): void {
  if (!condition) throw new LandfallError('LF-DEMO-002', `it does not hold that ${what}`);
}
