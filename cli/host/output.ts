import { ZodError } from 'zod';
import { describeError, LandfallError } from '../../contract/index.ts';

/** Where a command says things: progress and errors for people on stderr, the result on stdout. Libraries never print. */
export type Output = {
  progress(step: string, text: string): void;
  /** `lines` for people, `value` with --json. */
  result(value: object, lines: readonly string[]): void;
};

export function createOutput(json: boolean): Output {
  return {
    progress: (step, text) => {
      process.stderr.write(`${step.padEnd(9)} ${harmless(text)}\n`);
    },
    result: (value, lines) => {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${lines.map(harmless).join('\n')}\n`);
    },
  };
}

/** Much of it comes from elsewhere: nothing that moves a terminal's cursor or turns a line around gets to it. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (each) => (each === '\n' || each === '\t' ? each : '?'));
}

/** Code, message, causes, and what to do next. */
export function errorLines(error: unknown): string[] {
  const lines = [describeError(error)];
  let cause = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < 5; depth++) {
    const text = describeError(cause);
    // A schema's own list of issues is JSON; the message above it names each already.
    if (!(cause instanceof ZodError) && !lines.some((line) => line.includes(text))) lines.push(`  because: ${text}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (error instanceof LandfallError) lines.push(`  next: ${error.hint}`);
  return lines.map((line) => harmless(line.trimEnd()));
}

export const exitCodes = { ok: 0, failed: 1, /** The same command may succeed later. */ temporary: 75 } as const;

export function exitCodeOf(error: unknown): number {
  return error instanceof LandfallError && error.temporary ? exitCodes.temporary : exitCodes.failed;
}
