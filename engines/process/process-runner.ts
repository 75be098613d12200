import { execa } from 'execa';
import { type Clock, elapsedMs, LandfallError } from '../../contract/index.ts';
import { type EndReason, endOnDeadlineOrAbort } from './end-child.ts';
import type { GroupGuard } from './group-guard.ts';
import { killedFirst } from './killed-first.ts';
import { splitLines } from './lines.ts';
import { identify, signalGroup } from './process-identity.ts';
import { createRedactor } from './redact.ts';
import type { ProcessRequest, ProcessResult, RunProcess } from './run-process.ts';

export type ProcessRunnerOptions = {
  clock: Clock;
  /** From `findSetpriv()`: the kernel then ends the direct child with its parent. */
  setpriv?: string | undefined;
  /** From `createGroupGuard()`: ends what the child has started, too. */
  guard?: GroupGuard | undefined;
};

const tailLines = 40;
const defaultGraceMs = 60_000;

export function createProcessRunner(options: ProcessRunnerOptions): RunProcess {
  return (request) => runProcess(options, request);
}

async function runProcess(options: ProcessRunnerOptions, request: ProcessRequest): Promise<ProcessResult> {
  const { clock, guard } = options;
  const redact = createRedactor(request.secrets);
  const name = request.command.slice(request.command.lastIndexOf('/') + 1);
  const what = redact(`${name} ${firstWords(request.args)}`);
  if (request.signal?.aborted === true) throw aborted(what, request.signal.reason);

  const started = elapsedMs(clock);
  const [command, args] = withParentDeathSignal(options.setpriv, request);
  const child = execa(command, args, {
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    ...(request.input === undefined ? { stdin: 'ignore' as const } : { input: request.input }),
    env: request.env,
    extendEnv: false,
    buffer: false,
    reject: false,
    detached: true,
    stripFinalNewline: false,
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined) {
    const result = await child;
    throw new LandfallError('LF-ENGINES-001', `${what} could not be started: ${startFailure(result)}`, {
      cause: result.cause,
    });
  }
  guard?.watch(pid);
  void killedFirst(pid);

  let reason: EndReason | undefined;
  const captured: Buffer[] = [];
  let capturedBytes = 0;
  const tail: string[] = [];
  const note = (stream: 'stdout' | 'stderr') => (line: string) => {
    const text = redact(line);
    tail.push(text);
    if (tail.length > tailLines) tail.shift();
    request.onLine?.({ stream, text });
  };
  const ending = endOnDeadlineOrAbort({
    clock,
    pid,
    guard,
    deadlineMs: request.deadlineMs,
    graceMs: request.graceMs ?? defaultGraceMs,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    onReason: (why) => (reason ??= why),
  });
  const capture = request.captureStdoutBytes;
  const noteOut = note('stdout');
  const out = splitLines((line) => {
    if (request.parseLine === undefined) noteOut(line);
    else request.parseLine(line);
  });
  const err = splitLines(note('stderr'));
  stdout?.on('data', (chunk: Buffer) => {
    if (capture !== undefined) {
      capturedBytes += chunk.length;
      if (capturedBytes <= capture) captured.push(chunk);
      else ending.end('output');
    }
    if (capture === undefined || request.parseLine !== undefined) out.write(chunk);
  });
  stderr?.on('data', (chunk: Buffer) => err.write(chunk));
  // A grandchild that holds our pipes open must not keep us waiting, nor outlive the one that started it.
  child.once('exit', () => signalGroup(pid, 'SIGKILL'));

  let spawnError: unknown;
  if (request.onSpawn !== undefined) {
    try {
      await request.onSpawn(await identify(pid));
    } catch (error) {
      spawnError = error;
      ending.end('abort');
    }
  }
  const result = await child;
  ending.done();
  guard?.unwatch(pid);
  out.end();
  err.end();

  if (spawnError !== undefined) throw spawnError;
  const last = tail.length === 0 ? '' : `; it last wrote: ${tail.slice(-5).join(' | ')}`;
  if (reason === 'abort') throw aborted(what, request.signal?.reason);
  if (reason === 'output') {
    throw new LandfallError('LF-ENGINES-005', `${what} wrote more than ${capture} bytes and was ended`);
  }
  if (reason === 'deadline') {
    const message = `${what} did not end within ${Math.round(request.deadlineMs / 1000)} s and was ended${last}`;
    throw new LandfallError('LF-ENGINES-002', message, { temporary: true });
  }
  if (result.exitCode === undefined) {
    if (result.signal === undefined) {
      throw new LandfallError('LF-ENGINES-001', `${what} could not be run: ${startFailure(result)}`, {
        cause: result.cause,
      });
    }
    const message = `${what} was ended by ${result.signal}, which nobody here sent${last}`;
    throw new LandfallError('LF-ENGINES-004', message, { temporary: true });
  }
  if (options.setpriv !== undefined && result.exitCode > 125 && tail.at(-1)?.startsWith('setpriv: failed') === true) {
    throw new LandfallError('LF-ENGINES-001', `${what} could not be started: ${tail.at(-1)}`);
  }
  return {
    exitCode: result.exitCode,
    stdout: Buffer.concat(captured).toString('utf8'),
    tail,
    durationMs: elapsedMs(clock) - started,
  };
}

function withParentDeathSignal(setpriv: string | undefined, request: ProcessRequest): [string, readonly string[]] {
  if (setpriv === undefined) return [request.command, request.args];
  return [setpriv, ['--pdeathsig', 'KILL', '--', request.command, ...request.args]];
}

function firstWords(args: readonly string[]): string {
  const flag = args.findIndex((arg) => arg.startsWith('-'));
  return args.slice(0, Math.min(flag === -1 ? 3 : Math.max(flag, 1), 3)).join(' ');
}

function startFailure(result: { originalMessage?: string | undefined; shortMessage?: string | undefined }): string {
  return result.originalMessage ?? result.shortMessage ?? 'unknown reason';
}

function aborted(what: string, cause: unknown): LandfallError {
  return new LandfallError('LF-ENGINES-003', `${what} was stopped by its caller`, { cause, temporary: true });
}
