import { execFile, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const program = 'postgres';

/** PostgreSQL refuses root; `nobody` has this id on every Linux. */
const nobody = 65_534;
const asWhom = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/** Why there can be no real PostgreSQL here, or null. */
export async function whyNoPostgres(): Promise<string | null> {
  try {
    await run('initdb', ['--version']);
    await run(program, ['--version']);
    return null;
  } catch {
    return 'initdb and postgres are not in PATH: apt-get install postgresql, and put its bin folder into PATH';
  }
}

/** A PostgreSQL of its own in a temporary folder, on loopback. */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-postgres-'));
  const data = join(folder, 'data');
  if (asWhom.uid !== undefined) chownSync(folder, nobody, nobody);
  await run('initdb', ['-D', data, '-U', 'landfall', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...asWhom,
    cwd: folder,
  });
  const port = await freePort();
  const options = ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const server = spawn(program, ['-D', data, '-p', String(port), ...options], {
    ...asWhom,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`postgres ended: ${said}`)));
  });
  return {
    url: `postgres://landfall@127.0.0.1:${port}/postgres`,
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Connections of others that are open now: what a leak would show. */
export async function openConnections(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  await client.end();
  return Number(rows[0]?.count);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return address !== null && typeof address === 'object' ? address.port : 0;
}
