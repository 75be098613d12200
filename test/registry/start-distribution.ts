import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';

/** CNCF distribution as a process on loopback, plain http, its content in `dir`. */
export async function startDistribution(
  binary: string,
  dir: string,
): Promise<{ host: string; pid: number | undefined; stop: () => Promise<void> }> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, 'config.yml');
  const storage = `storage: { filesystem: { rootdirectory: "${dir}/storage" }, delete: { enabled: true } }`;
  writeFileSync(config, `version: 0.1\nlog: { level: error }\n${storage}\nhttp: { addr: "${host}" }\n`);
  const child = spawn(binary, ['serve', config], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; ; tries++) {
    const answer = await request(`http://${host}/v2/`).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) break;
    if (tries === 200 || child.exitCode !== null) throw new Error(`the registry at ${host} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    host,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
