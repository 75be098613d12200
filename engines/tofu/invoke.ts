import { LandfallError } from '../../contract/index.ts';
import { createRedactor } from '../process/redact.ts';
import type { ProcessResult } from '../process/run-process.ts';
import { parseEvent, type TofuChanges, type TofuDiagnostic } from './events.ts';
import { parseLockInfo } from './lock-info.ts';
import { tofuEnvironment, type TofuCall, type TofuOptions } from './options.ts';

export const longDeadlineMs = 60 * 60_000;
export const shortDeadlineMs = 10 * 60_000;

export type TofuInvocation = {
  readonly args: readonly string[];
  readonly deadlineMs: number;
  readonly okExitCodes?: readonly number[];
  /** Standard output is `-json` progress (events), one JSON document (data), or text for the log. */
  readonly stdout: 'events' | 'data' | 'text';
  readonly call: TofuCall;
  /** For errors: `Planning`, `Applying the saved plan`. */
  readonly what: string;
};

export type TofuResult = ProcessResult & { readonly changes: TofuChanges | undefined };

const maxData = 256 * 1024 * 1024;

export async function invokeTofu(options: TofuOptions, invocation: TofuInvocation): Promise<TofuResult> {
  const { call } = invocation;
  const diagnostics: TofuDiagnostic[] = [];
  const redact = createRedactor(call.secrets);
  let changes: TofuChanges | undefined;
  const parseLine = (line: string): void => {
    const event = parseEvent(line);
    call.onEvent?.(event);
    if (event.kind === 'diagnostic' && event.diagnostic.severity === 'error') diagnostics.push(event.diagnostic);
    if (event.kind === 'summary') changes = event.changes;
    const text = lineOf(event);
    if (text !== '') call.onLine?.({ stream: 'stdout', text: redact(text) });
  };
  const events = invocation.stdout === 'events';
  const result = await options.runProcess({
    command: options.binary,
    args: invocation.args,
    cwd: options.workDir,
    env: tofuEnvironment(options),
    deadlineMs: call.deadlineMs ?? invocation.deadlineMs,
    ...(events ? { parseLine } : {}),
    ...(invocation.stdout === 'data' ? { captureStdoutBytes: maxData } : {}),
    ...(call.secrets === undefined ? {} : { secrets: call.secrets }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    ...(call.onLine === undefined ? {} : { onLine: call.onLine }),
    ...(call.onSpawn === undefined ? {} : { onSpawn: call.onSpawn }),
  });
  if (!(invocation.okExitCodes ?? [0]).includes(result.exitCode)) {
    throw failure(options, invocation, result, diagnostics);
  }
  return { ...result, changes };
}

function lineOf(event: ReturnType<typeof parseEvent>): string {
  if (event.kind === 'log') return event.message;
  if (event.kind === 'resource') {
    const elapsed = event.elapsedSeconds === undefined ? '' : ` after ${event.elapsedSeconds} s`;
    return `${event.address}: ${event.action} ${event.step}${elapsed}`;
  }
  if (event.kind === 'summary') {
    const { add, change, remove } = event.changes;
    return `${event.operation}: ${add} to add, ${change} to change, ${remove} to remove`;
  }
  const { severity, summary, detail } = event.diagnostic;
  return `${severity}: ${summary}${placeOf(event.diagnostic)}${detail === '' ? '' : `: ${detail.replaceAll('\n', ' ')}`}`;
}

function placeOf(diagnostic: TofuDiagnostic): string {
  if (diagnostic.address !== undefined && diagnostic.address !== '') return ` (${diagnostic.address})`;
  const { range } = diagnostic;
  return range === undefined ? '' : ` (${range.filename}:${range.start.line})`;
}

/** The last two: with states in Azure or in a cluster, whatever opens a state that is not there makes an empty one, under a lock. */
const saysLocked =
  /Error (?:acquiring the state lock|locking (?:destination )?state)|failed to lock azure state|the state is already locked by another/i;

/** Only summaries go into the error: a diagnostic's detail and snippet can quote values. The job log has the details, redacted. */
function failure(
  options: TofuOptions,
  invocation: TofuInvocation,
  result: ProcessResult,
  diagnostics: readonly TofuDiagnostic[],
): LandfallError {
  const redact = createRedactor(invocation.call.secrets);
  const name = options.binary.slice(options.binary.lastIndexOf('/') + 1);
  const reasons = diagnostics.slice(0, 3).map((each) => redact(`${each.summary}${placeOf(each)}`));
  const more = diagnostics.length > 3 ? ` and ${diagnostics.length - 3} more` : '';
  const reason =
    reasons.length === 0 ? textReason(result.tail, invocation.stdout === 'text') : `${reasons.join('; ')}${more}`;
  const told = [...diagnostics.map(({ detail }) => detail), ...result.tail].join('\n');
  const locked = saysLocked.test(`${reason}\n${told}`);
  const code = locked ? 'LF-ENGINES-021' : 'LF-ENGINES-020';
  return new LandfallError(code, `${invocation.what} with ${name} failed (exit ${result.exitCode}): ${reason}`, {
    temporary: locked || isTemporary(reason),
    details: { diagnostics: reasons, ...(locked ? { lock: parseLockInfo(told) } : {}) },
  });
}

/**
 * Commands without -json draw boxes around their diagnostics. `init` sees no variables and no state, so all of its first
 * error may be told; of others only the summary.
 */
function textReason(tail: readonly string[], whole: boolean): string {
  const lines = tail.map((line) => line.replace(/^[\u2502\u2577\u2575\s]+/, '').trim()).filter((line) => line !== '');
  const at = lines.findIndex((line) => line.startsWith('Error: '));
  const told = at === -1 ? lines.slice(-3) : lines.slice(at, whole ? at + 8 : at + 1);
  return told.join(' ').slice(0, 1000) || 'it said nothing';
}

function isTemporary(reason: string): boolean {
  return /timeout|timed out|connection re(?:fused|set)|no such host|TooManyRequests|Throttl|RequestLimitExceeded|ServiceUnavailable|StatusCode: 50[0-4]/i.test(
    reason,
  );
}
