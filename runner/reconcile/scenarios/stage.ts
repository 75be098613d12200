import type { JsonObject, RunnerPolicy, RunnerStatus } from '../../../contract/index.ts';
import type { KillAt } from '../../effects/index.ts';
import type { PassResult } from '../../ports.ts';
import type { Fault } from './faults.ts';
import type { ByHand, Wish } from './scenario.ts';

/** Where a row is played: the same rows on fakes and on real engines. It outlives every runner that is started on it. */
export type Stage = {
  /** The vendor has it in the registry, whatever becomes of that later. */
  publish(wish: Wish): Promise<void>;
  /** A new runner that works towards this (null: nothing is wanted) until it rests, waits for somebody else, or has tried so often. */
  run(wish: Wish | null, options?: { passes?: number | undefined }): Promise<PassResult>;
  /** A new runner that dies at this point. */
  runAndKill(wish: Wish, killAt: KillAt): Promise<void>;
  meddle(meddling: ByHand): Promise<void>;
  /** The customer's word from now on. */
  policy(policy: RunnerPolicy): void;
  now(): Date;
  /** Something goes wrong from now on, as often as the fault says. */
  strike(fault: Fault): Promise<void>;
  /** Nothing goes wrong any more. Returns how often something has. */
  heal(): Promise<number>;
  /** What engines were called for since the last `forgetCalls`: those of charts, then those of modules. */
  calls(): string[];
  forgetCalls(): void;
  /** From outside: nothing of it is asked of a runner. */
  look(): Promise<Sight>;
  close(): Promise<void>;
};

/** What is there. */
export type Sight = {
  /** What the last runner has written down in the cluster. */
  status: RunnerStatus | null;
  deployments: string[];
  /** Status of the newest revision of each Helm release. */
  releases: Record<string, string>;
  /** Data of each ConfigMap of the product. */
  configs: Record<string, Record<string, string>>;
  /** Arguments of the jobs that were ever begun. */
  ran: string[];
  /** Outputs in the states of modules. */
  outputs: Record<string, JsonObject>;
  /** A state that somebody has left locked. */
  locked: boolean;
};
