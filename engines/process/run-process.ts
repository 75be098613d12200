import type { ProcessIdentity } from './process-identity.ts';

/** What to run. Arguments are an array, never a shell line; secrets never stand in `args`. */
export type ProcessRequest = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The child's whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Text for the child's standard input; without it, it reads EOF. */
  readonly input?: string;
  /** Milliseconds until the child is asked to end. Every call has one. */
  readonly deadlineMs: number;
  /** Milliseconds between the polite SIGINT and SIGKILL. Default 60 s: an apply in flight writes its state first. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
  /** Every line of stdout and stderr, redacted. */
  readonly onLine?: (line: ProcessLine) => void;
  /** Keep standard output up to this many bytes (unredacted: it is data, not log). Its lines are then not sent to `onLine`. */
  readonly captureStdoutBytes?: number;
  /** Gets every line of stdout, unredacted, instead of `onLine` (progress as JSON lines). It must not log what it gets. */
  readonly parseLine?: (line: string) => void;
  /** Strings that must not appear in `onLine`, `tail` or errors. */
  readonly secrets?: readonly string[];
  /** Called once the child lives, before its first line: the runner journals this. A throw ends the child. */
  readonly onSpawn?: (identity: ProcessIdentity) => void | Promise<void>;
};

export type ProcessLine = { readonly stream: 'stdout' | 'stderr'; readonly text: string };

export type ProcessResult = {
  readonly exitCode: number;
  /** Empty unless `captureStdoutBytes` was given. */
  readonly stdout: string;
  /** The last lines of stderr (and of stdout when it is not captured), redacted, at most 40. */
  readonly tail: readonly string[];
  readonly durationMs: number;
};

/**
 * Resolves with whatever exit code the child ended with: what it means is the caller's business. Rejects with
 * LF-ENGINES-001 (not started), -002 (deadline), -003 (aborted), -004 (ended by a foreign signal), -005 (too much output).
 */
export type RunProcess = (request: ProcessRequest) => Promise<ProcessResult>;
