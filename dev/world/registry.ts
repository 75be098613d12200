import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { ensureTools } from '../tools/index.ts';
import { freePorts } from './free-port.ts';
import type { Ground } from './ground.ts';
import { type FrontDecision, type FrontRecord, type FrontRequest, startRegistryFront } from './registry-front.ts';
import { type RunningProcess, startProcess, waitUntil } from './start-process.ts';

export type Registry = {
  /** `address:port`, as it stands in image references. */
  host: string;
  username: string;
  password: string;
  /** Where its blobs lie; they outlive `stop`. */
  dir: string;
  /** Every request, refused ones included. */
  requests(): readonly FrontRecord[];
  /** Nothing answers on its port afterwards; `start` brings it back under the same host with its content. */
  stop(): Promise<void>;
  start(): Promise<void>;
};

export type RegistryOptions = {
  name: string;
  username?: string;
  /** Default: random. */
  password?: string;
  /** Default: the one username and password, for everything. */
  authorize?: (request: FrontRequest) => FrontDecision | Promise<FrontDecision>;
};

/** The CNCF distribution on loopback, behind TLS and a password of the world's own. */
export async function startRegistry(ground: Ground, options: RegistryOptions): Promise<Registry> {
  const username = options.username ?? 'landfall';
  const password = options.password ?? randomBytes(18).toString('base64url');
  const dir = join(ground.dir, 'registries', options.name);
  const authorize =
    options.authorize ?? ((request) => checkPassword(request, { name: options.name, username, password }));
  const certificate = await ground.authority.issue({
    commonName: `${options.name} registry`,
    hosts: [ground.network.address],
    usage: 'server',
  });
  const backend = await prepareBackend(ground, options.name, dir);
  const [port] = await freePorts(ground.network.address, 1);
  const records: FrontRecord[] = [];
  let running: { stop(): Promise<void>; requests(): readonly FrontRecord[] } | undefined;

  const start = async (): Promise<void> => {
    if (running !== undefined) return;
    const backing = await backend.start();
    const upstream = { host: '127.0.0.1', port: backend.port };
    const address = ground.network.address;
    const front = await startRegistryFront({ address, port: port ?? 0, certificate, upstream, authorize });
    running = {
      requests: () => front.requests(),
      stop: async () => {
        await front.stop();
        await backing.kill();
      },
    };
  };
  const stop = async (): Promise<void> => {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
    records.push(...(stopping?.requests() ?? []));
  };
  await start();
  const requests = (): FrontRecord[] => [...records, ...(running?.requests() ?? [])];
  return { host: `${ground.network.address}:${port}`, username, password, dir, requests, start, stop };
}

export type RegistryBackend = { port: number; start(): Promise<RunningProcess> };

/** The distribution itself: plain HTTP on loopback, no password. Only a front may be shown to anybody. */
export async function prepareBackend(ground: Ground, name: string, dir: string): Promise<RegistryBackend> {
  const { config, clock, say, reaper } = ground;
  const tool = await ensureTools(['registry'], { config, clock, say });
  await mkdir(dir, { recursive: true });
  const [port, debugPort] = await freePorts('127.0.0.1', 2);
  const settings = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, debug: { addr: `127.0.0.1:${debugPort}` } },
  };
  const settingsPath = join(dir, 'config.yml');
  await writeFile(settingsPath, JSON.stringify(settings));
  return {
    port: port ?? 0,
    async start() {
      const file = tool('registry');
      const logPath = join(dir, 'registry.log');
      const env = { OTEL_TRACES_EXPORTER: 'none' };
      const process = startProcess({
        name: `${name} registry`,
        file,
        args: ['serve', settingsPath],
        env,
        logPath,
        reaper,
      });
      await waitUntil(async () => (await request(`http://127.0.0.1:${port}/v2/`)).statusCode === 200, {
        what: `the ${name} registry answers`,
        timeoutMs: 20_000,
        processes: [process],
        clock,
      });
      return process;
    },
  };
}

function checkPassword(
  { credentials }: FrontRequest,
  expected: { name: string; username: string; password: string },
): FrontDecision {
  const given = Buffer.from(`${credentials?.username}:${credentials?.password}`);
  const wanted = Buffer.from(`${expected.username}:${expected.password}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return { allow: true };
  return { allow: false, challenge: `${expected.name} registry` };
}
