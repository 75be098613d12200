import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../contract/index.ts';
import { type Cloud, startCloud } from '../dev/cloud/index.ts';
import { requireEngines } from '../dev/tools/index.ts';
import { createAuthority, waitUntil } from '../dev/world/index.ts';
import { installNames, stateKeys } from '../stacks/index.ts';
import { readLock, stateExists } from './stack/state-object.ts';

const engines = await requireEngines('moto', 'registry', 'aws-provider', 'tofu');
const root = join(import.meta.dirname, '..');

type Run = { child: ChildProcess; stderr: () => string; stdout: () => string; ended: Promise<number | null> };

describe.skipIf(!engines.available)('npm run landfall -- install, killed', () => {
  let dir: string;
  let cloud: Cloud;
  let file: string;
  const runs: Run[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-kill-'));
    cloud = await startCloud({
      dir: join(dir, 'cloud'),
      address: '127.0.0.1',
      say: () => undefined,
      ca: await createAuthority(join(dir, 'ca')),
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    await writeFile(join(dir, 'key.pem'), generateKeyPair().publicKeyPem);
    file = join(dir, 'install.yaml');
    const artifact = { repository: 'landfall/runner', digest: `sha256:${'0'.repeat(64)}` };
    await writeFile(
      file,
      JSON.stringify({
        install: 'killed',
        product: 'streaming',
        account: cloud.accountId,
        region: cloud.region,
        access: {
          principal: cloud.people.vendorInstaller.arn,
          externalId: 'a-random-external-id-0123456789',
          expiresAt: '2090-01-01T00:00:00Z',
        },
        controlPlane: { url: 'https://control-plane.example' },
        vendorRegistry: { host: 'registry.example' },
        runner: { image: artifact, chart: artifact },
        trust: { releaseKeyFiles: ['key.pem'], desiredStateKeyFiles: ['key.pem'] },
      }),
    );
  });
  afterAll(async () => {
    for (const { child } of runs) child.kill('SIGKILL');
    await cloud?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  function landfall(who: { accessKeyId: string; secretAccessKey: string }, ...args: string[]): Run {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'cli/main.ts', ...args, '--file', file, '--work-dir', join(dir, 'work')],
      {
        cwd: root,
        env: {
          PATH: process.env['PATH'],
          AWS_ACCESS_KEY_ID: who.accessKeyId,
          AWS_SECRET_ACCESS_KEY: who.secretAccessKey,
          AWS_ENDPOINT_URL: cloud.endpoint,
          LANDFALL_TOFU: engines.path('tofu'),
          LANDFALL_TF_PLUGINS: engines.path('aws-provider'),
        },
      },
    );
    let [stderr, stdout] = ['', ''];
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    const ended = once(child, 'exit').then(() => child.exitCode);
    const run = { child, stderr: () => stderr, stdout: () => stdout, ended };
    runs.push(run);
    return run;
  }

  async function killWhen(run: Run, what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const check = async (): Promise<boolean> => run.child.exitCode !== null || condition();
    await waitUntil(check, { what, timeoutMs: 120_000 });
    if (run.child.exitCode !== null) throw new Error(`it ended before ${what}: ${run.stderr()}`);
    run.child.kill('SIGKILL');
    await run.ended;
  }

  const stateOf = (key: string) => ({
    bucket: installNames({ installId: 'killed', accountId: cloud.accountId, region: cloud.region }).stateBucket,
    key,
    region: cloud.region,
    credentials: cloud.people.customerAdmin,
  });
  const inCloud = () => ({ awsEndpointUrl: cloud.endpoint });

  it('in the middle of the account stack, waits for the apply that goes on, and ends with the state in the bucket', async () => {
    const first = landfall(cloud.people.customerAdmin, 'install', 'account');
    await killWhen(first, 'the bucket is made', () => first.stderr().includes('state-bucket: create done'));
    expect(await stateExists(inCloud(), stateOf(stateKeys.account))).toBe(false);

    const second = landfall(cloud.people.customerAdmin, 'install', 'account');
    if ((await second.ended) !== 0) throw new Error(second.stderr());
    expect(second.stderr()).toContain('the apply of an earlier run goes on as process');
    expect(second.stdout()).toContain('role/lf-killed-install');
    expect(await stateExists(inCloud(), stateOf(stateKeys.account))).toBe(true);
  });

  it('while it holds the lock of the base state, releases that lock and no other’s', async () => {
    const base = stateOf(stateKeys.base);
    const first = landfall(cloud.people.vendorInstaller, 'install', 'apply', '--plan');
    await killWhen(first, 'the lock is held', async () => (await readLock(inCloud(), base)) !== undefined);
    expect(await readLock(inCloud(), base)).toBeDefined();

    const second = landfall(cloud.people.vendorInstaller, 'install', 'apply', '--plan');
    if ((await second.ended) !== 0) throw new Error(second.stderr());
    expect(second.stderr()).toContain('released the state lock of an earlier run that was killed');
    expect(second.stdout()).toContain('would change');
    expect(await readLock(inCloud(), base)).toBeUndefined();
  });

  it('without credentials says which variable is missing, and exits 1', async () => {
    const run = landfall({ accessKeyId: '', secretAccessKey: '' }, 'install', 'account');
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(/LF-CLI-002: AWS_ACCESS_KEY_ID is not set: there are no AWS credentials\n {2}next: /);
  });
});
