import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LandfallError } from '../../contract/index.ts';
import { findSetpriv } from '../../engines/index.ts';

export type LoopbackProcess = { port: number; stop(): Promise<void> };

type Command = { file: string; args: string[] };

export type LoopbackProcessOptions = {
  name: string;
  /** Makes the command (and writes what it reads) once the port is known. */
  command(port: number): Command | Promise<Command>;
  env: Record<string, string>;
  /** Default: this process's own. */
  cwd?: string;
  logPath: string;
  /** It speaks TLS, with a certificate for this name. */
  tls?: { ca: string; servername: string };
  /** Answers below 500 here mean that it is up. */
  readyPath: string;
  timeoutMs: number;
};

/** Starts a server on a free loopback port; it dies with this process (parent-death signal, where there is setpriv). */
export async function startLoopbackProcess(options: LoopbackProcessOptions): Promise<LoopbackProcess> {
  const port = await freePort();
  const { file, args } = await options.command(port);
  const setpriv = await findSetpriv();
  // Without setpriv a parent that is killed leaves the server behind.
  const argv = setpriv === undefined ? [file, ...args] : [setpriv, '--pdeathsig', 'KILL', '--', file, ...args];
  const child = spawn(argv[0] ?? file, argv.slice(1), {
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logPath, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  let ended: string | undefined;
  void exited.then((how) => {
    ended = how;
    log.end();
  });
  const stop = async (): Promise<void> => {
    if (ended !== undefined) return;
    child.kill('SIGKILL');
    await exited;
  };
  const deadline = performance.now() + options.timeoutMs;
  while (!(await answers(port, options))) {
    if (ended !== undefined || performance.now() > deadline) {
      await stop();
      throw new LandfallError(
        'LF-DEV-101',
        `${options.name} did not start: ${ended ?? `no answer in ${options.timeoutMs} ms`} (log: ${options.logPath})`,
      );
    }
    await sleep(50);
  }
  return { port, stop };
}

function answers(port: number, { readyPath, tls }: LoopbackProcessOptions): Promise<boolean> {
  const address = { host: '127.0.0.1', port, path: readyPath, timeout: 1000 };
  return new Promise((resolve) => {
    const heard = (response: IncomingMessage): void => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    };
    const probe = tls === undefined ? request(address, heard) : tlsRequest({ ...address, ...tls }, heard);
    probe.once('error', () => resolve(false));
    probe.once('timeout', () => probe.destroy());
    probe.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new LandfallError('LF-DEV-101', 'no free port on loopback');
  return address.port;
}
