import type { JsonObject, RunnerPolicy } from '../../../contract/index.ts';
import type { FakeComponent } from '../../testing/index.ts';
import type { Fault } from './faults.ts';

/** What is asked for: a version with these components. */
export type Wish = {
  version: string;
  components: FakeComponent[];
  inputs?: JsonObject;
  secrets?: JsonObject;
};

/** One row: previous state × fault × policy -> what is done and where it ends. */
export type Scenario = {
  /** A sentence that goes on after the name of its theme. */
  says: string;
  /** Wishes that were carried out before, one after the other. */
  before?: Wish[];
  /** What somebody did to the world afterwards. */
  meanwhile?: Meddling[];
  fault?: Fault;
  policy?: Partial<RunnerPolicy> | ((now: Date) => Partial<RunnerPolicy>);
  /** Absent: nothing is wanted at all. */
  wants?: Wish;
  /** The customer approves what it then waits for, by what it has written down in the cluster. */
  approved?: boolean;
  /** How many passes are made at most while the runner itself says that it tries again. */
  passes?: number;
  then: Outcome;
  /** One of the most important ones: played on real engines, too. */
  real?: true;
};

export type Meddling = ByHand | { kills: (typeof killPoints)[number]; on: Wish };

export const killPoints = [
  'helm-install',
  'helm-upgrade',
  'terraform-apply',
  'manifests-apply',
  'job-create',
  'helm-rollback',
  'store-last-good',
] as const;

export type ByHand =
  | { deletes: 'Deployment' | 'ConfigMap'; name: string }
  | { uninstalls: string }
  | { leavesPending: string }
  | { edits: string; data: Record<string, string> };

export type Outcome = {
  /** `done`, or the reason for which it waits. */
  ends: string;
  /** Of the engines, in the order in which they must come (others may lie between); absent: not looked at. */
  calls?: string[];
  /** Engine calls that must not be made. */
  never?: string[];
  /** The release that is in force; null: none. */
  inForce: string | null;
  /** Deployments that are there. */
  there?: string[];
  /** Helm releases that are there, with the status of the newest revision. */
  releases?: Record<string, string>;
  /** ConfigMaps by name; null: not there. */
  configs?: Record<string, Record<string, string> | null>;
  /** Arguments of jobs: each as often as it ran. */
  ran?: string[];
  /** Of modules, as they are in their states. */
  outputs?: Record<string, JsonObject>;
  denied?: string[];
  /** Why the last of them was. */
  deniedFor?: RegExp;
  /** Conditions of the install, `Ready False Held`. */
  says?: string[];
  waitsFor?: RegExp;
};
