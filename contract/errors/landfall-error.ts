import { type ErrorCode, hintOf } from './registry.ts';

export type LandfallErrorOptions = {
  cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. */
  temporary?: boolean;
  /** The next command to run or thing to change. Default: the registry's hint for the code. */
  hint?: string;
  /** Facts for logs: never a secret, never a body. */
  details?: Record<string, unknown>;
};

/** The one error class. `message` says what happened to what and why, for a person; `code` is stable. */
export class LandfallError extends Error {
  override readonly name = 'LandfallError';
  readonly code: ErrorCode;
  readonly temporary: boolean;
  readonly hint: string;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: LandfallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.temporary = options.temporary ?? false;
    this.hint = options.hint ?? hintOf(code);
    this.details = options.details ?? {};
  }
}

/** `LF-X-001: message` for a line of log or a condition; unknown things are stringified, never thrown away. */
export function describeError(error: unknown): string {
  if (error instanceof LandfallError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
