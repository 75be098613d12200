import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Authority } from '../../dev/world/authority.ts';
import { freePorts } from '../../dev/world/free-port.ts';
import { type Traffic, trafficOf } from './traffic.ts';
import { cpuSecondsOf } from './watch-process.ts';

export type BenchRegistry = {
  host: string;
  /** What it answered since it began or since `forget`, by its own access log: no tool's own count is believed. */
  traffic: () => Promise<Traffic>;
  forget: () => Promise<void>;
  /** Seconds of processor time so far. */
  cpuSeconds: () => Promise<number>;
  /** What lies in its storage: read from its files, so that looking is no request. */
  digestOfTag: (repository: string, tag: string) => Promise<string | undefined>;
  holdsBlob: (digest: string) => Promise<boolean>;
  stop: () => Promise<void>;
};

/** CNCF distribution as a process on loopback, everything it stores in `dir`, which goes with it. */
export async function startBenchRegistry(binary: string, dir: string, authority?: Authority): Promise<BenchRegistry> {
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const host = `127.0.0.1:${port}`;
  await writeFile(join(dir, 'config.json'), JSON.stringify(await configOf(dir, host, authority)));
  const logPath = join(dir, 'access.log');
  const log = openSync(logPath, 'a');
  const child = spawn(binary, ['serve', join(dir, 'config.json')], {
    stdio: ['ignore', log, 'ignore'],
    env: { OTEL_TRACES_EXPORTER: 'none' },
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true });
  };
  const ca = authority?.certificatePem;
  if (
    !(await answers(`${authority === undefined ? 'http' : 'https'}://${host}/v2/`, ca, () => child.exitCode !== null))
  ) {
    await stop();
    throw new Error(`the registry at ${host} does not answer`);
  }
  const stored = join(dir, 'storage/docker/registry/v2');
  let forgotten = 0;
  const read = async (): Promise<string> => readFile(logPath, 'utf8');
  const forget = async (): Promise<void> => {
    forgotten = (await read()).length;
  };
  await forget();
  return {
    host,
    traffic: async () => trafficOf((await read()).slice(forgotten)),
    forget,
    cpuSeconds: async () => cpuSecondsOf(child.pid ?? 0),
    digestOfTag: (repository, tag) =>
      readFile(join(stored, 'repositories', repository, '_manifests/tags', tag, 'current/link'), 'utf8').catch(
        () => undefined,
      ),
    holdsBlob: async (digest) => {
      const [algorithm = '', hex = ''] = digest.split(':');
      const path = join(stored, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
      return access(path).then(
        () => true,
        () => false,
      );
    },
    stop,
  };
}

/** As the project's own image configures it (descriptors cached in memory), YAML being a superset of JSON. */
async function configOf(dir: string, host: string, authority: Authority | undefined): Promise<object> {
  const tls = async (issuer: Authority): Promise<object> => {
    const pair = await issuer.issue({ commonName: 'bench', hosts: ['127.0.0.1'], usage: 'server' });
    const [certificate, key] = [join(dir, 'tls.crt'), join(dir, 'tls.key')];
    await writeFile(certificate, pair.certificatePem);
    await writeFile(key, pair.keyPem, { mode: 0o600 });
    return { tls: { certificate, key } };
  };
  return {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: join(dir, 'storage') },
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: host, ...(authority === undefined ? {} : await tls(authority)) },
  };
}

async function answers(url: string, ca: string | undefined, isGone: () => boolean): Promise<boolean> {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
  try {
    for (let tries = 0; tries < 400 && !isGone(); tries++) {
      const answer = await request(url, { dispatcher }).catch(() => undefined);
      await answer?.body.dump();
      if (answer?.statusCode === 200) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  } finally {
    await dispatcher.close();
  }
}
