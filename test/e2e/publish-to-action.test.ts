import { pino } from 'pino';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, generateKeyPair, localSigner, systemClock } from '../../contract/index.ts';
import {
  type ControlPlane,
  createControlPlane,
  type Database,
  hashToken,
  newToken,
  openDatabase,
} from '../../control-plane/index.ts';
import { requireEngines, simulatedCluster, waitUntil, type World } from '../../dev/index.ts';
import { readInstallReport } from '../../dev/story/index.ts';
import { startRunner } from '../../runner/index.ts';
import { stateClient } from './support-kill/account.ts';
import { install, type KillWorld, type PlaneOfWorld, startKillWorld } from './support-kill/kill-world.ts';
import { look, wholly } from './support-kill/look.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu', 'moto', 'registry');

/** Milliseconds that the world itself may need: an authorizer follows a new binding by a watch, a moment later. */
const aMoment = 250;

/**
 * Shared by control plane and runner (but for its lease): it stands still, and no sleep of more than a moment ends but by being called off. Whoever
 * polled would sleep for ever.
 */
function stoppedClock(): Clock {
  const now = Date.now();
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      ms <= aMoment
        ? systemClock.sleep(ms, signal)
        : new Promise((_resolve, reject) => {
            if (signal?.aborted === true) reject(signal.reason);
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
          }),
  };
}

describe.skipIf(!engines.available)('with a clock that stands still in the control plane and in the runner', () => {
  const clock = stoppedClock();
  const lines: string[] = [];
  let database: Database;
  let plane: ControlPlane;
  let kill: KillWorld;
  let runner: Awaited<ReturnType<typeof startRunner>>;
  let s3: S3Client;

  const startPlane = async (world: World): Promise<PlaneOfWorld> => {
    const { address } = world;
    const keys = generateKeyPair('ed25519');
    const [adminToken, pipelineToken] = [newToken('admin'), newToken('pipeline')];
    const issued = await world.ground.authority.issue({
      commonName: 'control plane',
      hosts: [address],
      usage: 'server',
    });
    database = await openDatabase('memory');
    plane = await createControlPlane({
      clock,
      database,
      signer: localSigner(keys.privateKeyPem),
      adminTokenHash: hashToken(adminToken),
      pipelineTokenHash: hashToken(pipelineToken),
      tls: { cert: issued.certificatePem, key: issued.keyPem },
      logger: pino({ level: 'silent' }),
    });
    const url = await plane.listen({ host: address });
    return { url, adminToken, pipelineToken, publicKeyPem: keys.publicKeyPem };
  };

  beforeAll(async () => {
    kill = await startKillWorld({ helm: engines.path('helm'), tofu: engines.path('tofu') }, startPlane);
    s3 = stateClient(kill.world.cloud);
    const environment = { pod: null, apiServer: { host: '', port: '' }, azure: {}, killAt: undefined };
    const write = (line: string): void => void lines.push(line);
    runner = await startRunner({
      config: kill.config,
      environment,
      clock,
      leaseClock: systemClock,
      write,
      random: Math.random,
    });
    // A first report, so that it is at rest and only the held request can wake it.
    const reported = async (): Promise<boolean> => (await readInstallReport(kill.api, install)) !== null;
    await waitUntil(reported, { what: 'the runner has reported', timeoutMs: 30_000 });
    expect(runner.notReady()).toEqual([]);
  });
  afterAll(async () => {
    await runner?.stop();
    s3?.destroy();
    await kill?.close();
    await plane?.close();
    await database?.close();
  });

  it.each(['1.0.0', '1.1.0'])('what is published is acted upon, to its end (%s)', async (version) => {
    await kill.publish(version);
    const seen = () => look(kill, s3, engines.path('helm')).catch(() => null);
    await expect.poll(seen, { timeout: 60_000, message: lines.join('') }).toEqual(wholly(version));
    const observed = async () => (await readInstallReport(kill.api, install))?.observed?.version;
    await expect.poll(observed, { timeout: 10_000 }).toBe(version);
  });
});
