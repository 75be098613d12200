import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, LandfallError } from '../../contract/index.ts';
import {
  createRedactor,
  identify,
  type ProcessRequest,
  type ProcessResult,
  type RunProcess,
} from '../../engines/index.ts';

const betweenReadsMs = 100;
const tailLines = 40;

/** Waits for a line before it becomes the engine, under the same pid; without one (we are dead) it ends and nothing has begun. */
const gate = ['-c', 'read -r _ && exec "$@" </dev/null', 'gate'];

/**
 * Runs an apply that goes on to its end when we are killed: OpenTofu saves a remote state every 20 s at best, so an apply
 * that died with us would leave things in the account that no state knows. Its output goes through files, since a broken
 * pipe would end it. The next run waits for it (see engine-marker.ts),
 * so it begins only when `onSpawn` has come to its end: from then on it is written down who it is.
 */
export function createOutlivingRunner(clock: Clock, dir: string): RunProcess {
  return async (request) => {
    const outPath = join(dir, 'landfall.apply.out');
    const errPath = join(dir, 'landfall.apply.err');
    const out = await open(outPath, 'w+', 0o600);
    const err = await open(errPath, 'w+', 0o600);
    try {
      return await run(clock, request, out, err);
    } finally {
      await Promise.all([out.close(), err.close()]);
      await Promise.all([outPath, errPath].map((path) => rm(path, { force: true })));
    }
  };
}

async function run(clock: Clock, request: ProcessRequest, out: FileHandle, err: FileHandle): Promise<ProcessResult> {
  const started = clock.now().getTime();
  await access(request.command, constants.X_OK).catch((cause: unknown) => {
    throw new LandfallError('LF-ENGINES-001', `${request.command} could not be started`, { cause });
  });
  const child = spawn('/bin/sh', [...gate, request.command, ...request.args], {
    cwd: request.cwd,
    env: { ...request.env },
    detached: true,
    stdio: ['pipe', out.fd, err.fd],
  });
  const exited = once(child, 'exit');
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new LandfallError('LF-ENGINES-001', `${request.command} could not be started`, { cause });
  });
  const pid = child.pid ?? 0;
  // Whoever ends it at the gate closes this, too; how it ended is seen below.
  child.stdin?.on('error', () => undefined);
  try {
    await request.onSpawn?.(await identify(pid));
  } catch (error) {
    child.stdin?.destroy();
    throw error;
  }
  child.stdin?.end('\n');
  const interrupt = (): void => void process.kill(-pid, 'SIGINT');
  request.signal?.addEventListener('abort', interrupt, { once: true });

  const redact = createRedactor(request.secrets);
  const tail: string[] = [];
  const note = (stream: 'stdout' | 'stderr') => (line: string) => {
    const text = redact(line);
    tail.push(text);
    if (tail.length > tailLines) tail.shift();
    request.onLine?.({ stream, text });
  };
  const readOut = follow(out, request.parseLine ?? note('stdout'));
  const readErr = follow(err, note('stderr'));
  let asked = false;
  while (child.exitCode === null && child.signalCode === null) {
    await Promise.race([exited, clock.sleep(betweenReadsMs)]);
    await readOut();
    await readErr();
    if (!asked && clock.now().getTime() - started > request.deadlineMs) {
      asked = true;
      interrupt();
    }
  }
  request.signal?.removeEventListener('abort', interrupt);
  await readOut();
  await readErr();
  return { exitCode: child.exitCode ?? 1, stdout: '', tail, durationMs: clock.now().getTime() - started };
}

/** Each call hands on the whole lines that were written since the last one. */
function follow(file: FileHandle, onLine: (line: string) => void): () => Promise<void> {
  const buffer = Buffer.alloc(64 * 1024);
  let position = 0;
  let rest = Buffer.alloc(0);
  return async () => {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        onLine(rest.subarray(0, end).toString('utf8'));
        rest = rest.subarray(end + 1);
      }
    }
  };
}
