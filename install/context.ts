import type { Clock } from '../contract/index.ts';
import type { RunProcess } from '../engines/index.ts';
import type { WayOut } from './way-out.ts';

/** A line of progress: what a host (the CLI, the demo) shows. The library itself never prints. */
export type InstallProgress = {
  step: 'account' | 'assume' | 'base' | 'push' | 'hand-off' | 'ready' | 'end' | 'teardown';
  state: 'started' | 'progress' | 'done';
  text: string;
};

/** Everything the install touches comes in here. */
export type InstallContext = {
  clock: Clock;
  runProcess: RunProcess;
  say: (progress: InstallProgress) => void;
  /** Absolute paths of OpenTofu (or Terraform) and Helm 4. */
  engines: { tofu: string; helm: string };
  /** Folder laid out as a filesystem mirror of providers. Without it they come from their registry. */
  providerMirror?: string;
  /** Private folder of this install: configurations, and the account stack's state until it is in the bucket. */
  workDir: string;
  /** Folders with synthesised modules, to be used instead of synthesising: the job inside the account has no CDKTF. */
  modules?: { account?: string; base?: string };
  /** Where AWS is, if not at its own addresses (AWS_ENDPOINT_URL). */
  awsEndpointUrl?: string;
  /** How the world is reached from here. Without it: directly. */
  wayOut?: WayOut;
  /** An apply goes on to its end when this process is killed, and the next run waits for it. For people's machines, not for tests. */
  applyOutlivesUs?: boolean;
  /**
   * The host sees to it that nobody else applies the base stack, and has done so since then (the job inside the account: one
   * build at a time). A state lock older than that is a dead run's, on whatever machine it was.
   */
  soleRunnerSince?: Date;
  signal?: AbortSignal;
};

export type AwsCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** What the install role gave: one hour at most, and over at the end of the install. */
export type InstallSession = { credentials: AwsCredentials; roleArn: string; expiresAt: Date };
