import type { ProcessIdentity } from '../process/process-identity.ts';
import type { ProcessLine, RunProcess } from '../process/run-process.ts';
import type { TofuEvent } from './events.ts';

export type TofuOptions = {
  /** Absolute path of `tofu` or `terraform`: one code path for both. */
  binary: string;
  /** The folder of the configuration. */
  workDir: string;
  /** From `writeCliConfig`. Without it no configuration file of the machine is read either. */
  cliConfigPath?: string;
  /** More variables for the child: credentials of the cloud, HTTPS_PROXY. Nothing else is inherited. */
  env?: Readonly<Record<string, string>>;
  /** Where files with variables are for the time of a call. Default: the system's folder for what is temporary. */
  privateDir?: string;
  /** Where .terraform goes; default `<workDir>/.terraform`. */
  dataDir?: string;
  runProcess: RunProcess;
};

/** What every call takes beside its own options. */
export type TofuCall = {
  readonly signal?: AbortSignal;
  /** Redacted lines for the job log; the messages of JSON output, not its raw lines. */
  readonly onLine?: (line: ProcessLine) => void;
  /** Progress and diagnostics, typed. Diagnostics' details may quote values: do not send them out of the account. */
  readonly onEvent?: (event: TofuEvent) => void;
  readonly onSpawn?: (identity: ProcessIdentity) => void | Promise<void>;
  readonly secrets?: readonly string[];
  /** Milliseconds. Default: 1 h for plan, apply and destroy, 10 min for the rest. */
  readonly deadlineMs?: number;
};

export function tofuEnvironment(options: TofuOptions): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: options.dataDir ?? `${options.workDir}/.terraform`, // it keeps a .terraform.d in its home
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TF_CLI_CONFIG_FILE: options.cliConfigPath ?? '/dev/null',
    ...(options.dataDir === undefined ? {} : { TF_DATA_DIR: options.dataDir }),
    ...options.env,
  };
}
