import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, LandfallError } from '../../contract/index.ts';
import { secretsOf } from '../process/secrets-of.ts';
import type { ProcessResult, RunProcess } from '../process/run-process.ts';
import { globalFlags, helmEnvironment, type HelmOptions } from './connection.ts';
import type { HelmCall } from './helm-call.ts';

/** The variable that names the file into which a post-renderer writes why it refuses: Helm drops its stderr. */
const postRendererReportVariable = 'LANDFALL_POST_RENDERER_REPORT';

export type HelmContext = { readonly options: HelmOptions; readonly runProcess: RunProcess };

export type Invocation = {
  readonly args: readonly string[];
  readonly namespace: string;
  /** Handed to Helm as a 0600 file that is gone afterwards. */
  readonly values?: readonly JsonObject[];
  readonly deadlineMs: number;
  /** Standard output is data of at most this many bytes. */
  readonly captureBytes?: number;
  readonly call: HelmCall;
  /** What was to be done, for errors: `upgrade of release "gateway" in "shop"`. */
  readonly what: string;
};

export async function invokeHelm(context: HelmContext, invocation: Invocation): Promise<ProcessResult> {
  const { options, runProcess } = context;
  const { call, values = [] } = invocation;
  await mkdir(options.homeDir, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(options.homeDir, 'call-'));
  try {
    const files: string[] = [];
    for (const [index, value] of values.entries()) {
      const file = join(scratch, `values-${index}.json`);
      await writeFile(file, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
      files.push(`--values=${file}`);
    }
    const report = join(scratch, 'post-renderer-report');
    const result = await runProcess({
      command: options.binary,
      args: [...invocation.args, ...files, ...globalFlags(options, invocation.namespace)],
      env: { ...helmEnvironment(options), [postRendererReportVariable]: report },
      deadlineMs: invocation.deadlineMs,
      secrets: [...(call.secrets ?? []), ...values.flatMap(secretsOf)],
      ...(invocation.captureBytes === undefined ? {} : { captureStdoutBytes: invocation.captureBytes }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
      ...(call.onLine === undefined ? {} : { onLine: call.onLine }),
      ...(call.onSpawn === undefined ? {} : { onSpawn: call.onSpawn }),
    });
    if (result.exitCode !== 0) throw await failure(invocation.what, result, report);
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function failure(what: string, result: ProcessResult, report: string): Promise<LandfallError> {
  const refused = await readFile(report, 'utf8').catch(() => '');
  if (refused.trim() !== '') {
    return new LandfallError(
      'LF-ENGINES-011',
      `${what} was refused by the post-renderer: ${refused.trim().slice(0, 2000)}`,
    );
  }
  const reason = errorLines(result.tail);
  if (/release: not found/.test(reason)) {
    return new LandfallError('LF-ENGINES-013', `${what} failed: there is no such release`);
  }
  if (/values don't meet the specifications of the schema/.test(reason)) {
    return new LandfallError('LF-ENGINES-014', `${what} failed: ${reason}`);
  }
  return new LandfallError('LF-ENGINES-010', `${what} failed (exit ${result.exitCode}): ${reason}`, {
    temporary: isTemporary(reason),
  });
}

/** Helm ends with `Error: ...`, often over several lines; what stands before it is warnings and logs. */
function errorLines(tail: readonly string[]): string {
  const from = tail.findIndex((line) => line.startsWith('Error: '));
  const lines = from === -1 ? tail.slice(-5) : tail.slice(from);
  const text = lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' | ');
  return text.replace(/^Error: /, '').slice(0, 2000) || 'it said nothing';
}

function isTemporary(reason: string): boolean {
  return /connection refused|connection reset|i\/o timeout|TLS handshake timeout|no route to host|unreachable|too many requests|etcdserver|context deadline exceeded|timed out|cannot reuse a name that is still in use/i.test(
    reason,
  );
}
