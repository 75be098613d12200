import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { generateKeyPair } from '../../contract/index.ts';
import { hashToken, newToken } from '../../control-plane/index.ts';
import { freePorts, startProcess, waitUntil, type World } from '../world/index.ts';

/** The vendor's control plane as a process of its own: `stop` and `start` are what the world does to it. */
export type ControlPlaneProcess = {
  url: string;
  adminToken: string;
  pipelineToken: string;
  /** SPKI PEM: what runners pin for desired states. */
  publicKeyPem: string;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
  /** Under the same URL, on the same data. */
  start(): Promise<void>;
  running(): boolean;
};

export async function startControlPlaneProcess(world: World): Promise<ControlPlaneProcess> {
  const dir = join(world.dir, 'control-plane');
  await mkdir(dir, { recursive: true });
  const { address } = world;
  const [port] = await freePorts(address, 1);
  const keys = generateKeyPair('ed25519');
  const certificate = await world.ground.authority.issue({
    commonName: 'control plane',
    hosts: [address],
    usage: 'server',
  });
  const [adminToken, pipelineToken] = [newToken('admin'), newToken('pipeline')];
  const path = (name: string): string => join(dir, name);
  await writeFile(path('signing-key.pem'), keys.privateKeyPem, { mode: 0o600 });
  await writeFile(path('tls.crt'), certificate.certificatePem);
  await writeFile(path('tls.key'), certificate.keyPem, { mode: 0o600 });
  const env = {
    LANDFALL_CP_HOST: address,
    LANDFALL_CP_PORT: String(port),
    LANDFALL_CP_DATA: path('data'),
    LANDFALL_CP_SIGNING_KEY_FILE: path('signing-key.pem'),
    LANDFALL_CP_ADMIN_TOKEN_SHA256: hashToken(adminToken),
    LANDFALL_CP_PIPELINE_TOKEN_SHA256: hashToken(pipelineToken),
    LANDFALL_CP_TLS_CERT_FILE: path('tls.crt'),
    LANDFALL_CP_TLS_KEY_FILE: path('tls.key'),
  };
  const url = `https://${address}:${port}`;
  const root = join(import.meta.dirname, '..', '..');
  const loader = createRequire(import.meta.url).resolve('tsx');
  let running: ReturnType<typeof startProcess> | undefined;

  const start = async (): Promise<void> => {
    const started = startProcess({
      name: 'control plane',
      file: process.execPath,
      args: ['--import', loader, join(root, 'control-plane', 'main.ts')],
      cwd: root,
      env,
      logPath: path('control-plane.log'),
      reaper: world.ground.reaper,
    });
    running = started;
    const dispatcher = new Agent({ connect: { ca: world.ca.certificatePem } });
    try {
      await waitUntil(async () => (await request(`${url}/readyz`, { dispatcher })).statusCode === 200, {
        what: 'the control plane is ready',
        timeoutMs: 90_000,
        processes: [started],
      });
    } finally {
      await dispatcher.destroy();
    }
  };
  await start();
  return {
    url,
    adminToken,
    pipelineToken,
    publicKeyPem: keys.publicKeyPem,
    start,
    running: () => running?.ending() === undefined,
    async stop() {
      const stopping = running;
      if (stopping === undefined || stopping.ending() !== undefined) return;
      process.kill(stopping.pid, 'SIGTERM');
      await waitUntil(() => Promise.resolve(stopping.ending() !== undefined), {
        what: 'the control plane has ended',
        timeoutMs: 15_000,
      });
    },
  };
}
