import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { generateKeyPair, localSigner, systemClock } from '../contract/index.ts';
import {
  type ControlPlane,
  createControlPlane,
  type Database,
  hashToken,
  openDatabase,
} from '../control-plane/index.ts';
import {
  type Cluster,
  freePorts,
  type Ground,
  openGround,
  requireEngines,
  simulatedCluster,
  startCluster,
  tokenKubeconfig,
} from '../dev/index.ts';
import { readLedger } from './index.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu');
const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const adminToken = 'lf_admin_0123456789abcdefghij';
const signingKey = generateKeyPair();
const releaseKey = generateKeyPair();

type Runner = { child: ChildProcess; workDir: string; health: string; output: () => string };

describe.skipIf(!engines.available)(
  'the runner as a process, with the rights of its chart, on a real API server',
  () => {
    let ground: Ground;
    let cluster: Cluster;
    let database: Database;
    let plane: ControlPlane | null = null;
    let port = 0;
    let kubeconfig = '';
    const runners: Runner[] = [];

    const startPlane = async (): Promise<void> => {
      const signer = localSigner(signingKey.privateKeyPem);
      const logger = pino({ level: 'silent' });
      plane = await createControlPlane({
        clock: systemClock,
        database,
        signer,
        adminTokenHash: hashToken(adminToken),
        logger,
      });
      port = Number(new URL(await plane.listen({ port })).port);
    };
    const vendor = async (method: string, path: string, body?: unknown): Promise<string> => {
      const headers: Record<string, string> = { authorization: `Bearer ${adminToken}` };
      if (body !== undefined) headers['content-type'] = 'application/json';
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.text();
    };
    const until = async (what: string, condition: () => Promise<boolean>, withinMs = 60_000): Promise<void> => {
      for (let deadline = Date.now() + withinMs; Date.now() < deadline;) {
        if (await condition().catch(() => false)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(
        `${what} did not come true; ${runners.map((runner) => runner.output().slice(-3000)).join('\n---\n')}`,
      );
    };

    const chartValues = () => ({
      install: {
        id: 'acme',
        product: 'shop',
        region: 'eu-central-1',
        account: '1',
        cluster: 'lf-acme',
        prefix: 'lf-acme',
      },
      image: { repository: 'registry.test/runner', digest: `sha256:${'a'.repeat(64)}` },
      registry: { host: 'registry.test', prefix: 'lf-acme' },
      state: { bucket: 'lf-acme-state', region: 'eu-central-1' },
      controlPlane: { url: `http://127.0.0.1:${port}` },
      vendorRegistry: { host: 'registry.vendor.test' },
      trust: { releaseKeys: [releaseKey.publicKeyPem], desiredStateKeys: [signingKey.publicKeyPem] },
      aws: { podIdentity: { credentialsUri: 'http://127.0.0.1:1/v1/credentials' } },
    });

    const startRunner = async (name: string): Promise<Runner> => {
      const workDir = join(ground.dir, name);
      mkdirSync(workDir);
      const [healthPort = 0] = await freePorts('127.0.0.1', 1);
      const { image: _image, aws, ...values } = chartValues();
      const config = join(workDir, 'config.json');
      writeFileSync(
        config,
        JSON.stringify({
          ...values,
          aws: { podIdentity: { ...aws.podIdentity, tokenFile: '/nonexistent' } },
          kubernetes: { kind: 'kubeconfig', path: kubeconfig },
          workDir,
          health: { host: '127.0.0.1', port: healthPort },
          tools: {
            helm: engines.path('helm'),
            tofu: engines.path('tofu'),
            postRenderer: { command: '/bin/false', args: [] },
          },
          longestBackoffMs: 1000,
        }),
      );
      const child = spawn(process.execPath, ['--import', 'tsx', 'runner/main.ts'], {
        cwd: root,
        env: { PATH: '/usr/bin:/bin', LANDFALL_CONFIG: config },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (data: Buffer) => (output += data.toString()));
      const runner = { child, workDir, health: `http://127.0.0.1:${healthPort}`, output: () => output };
      runners.push(runner);
      return runner;
    };
    const ready = async (runner: Runner): Promise<boolean> => (await fetch(`${runner.health}/readyz`)).ok;
    const exit = async (runner: Runner, signal: NodeJS.Signals): Promise<number | null> => {
      const gone = once(runner.child, 'exit');
      runner.child.kill(signal);
      await gone;
      return runner.child.exitCode;
    };
    const reportSchema = z.object({
      report: z.object({
        acceptedSequence: z.number(),
        runner: z.object({ leaseEpoch: z.number() }),
        conditions: z.array(z.unknown()),
      }),
    });
    const report = async () => reportSchema.parse(JSON.parse(await vendor('GET', '/v1/installs/acme/report'))).report;

    beforeAll(async () => {
      ground = await openGround({ say: () => undefined, nodes: 'kwok' });
      cluster = await startCluster(ground);
      database = await openDatabase('memory');
      await startPlane();
      await vendor('POST', '/v1/products', { name: 'shop', title: 'Shop', releaseKeys: [releaseKey.publicKeyPem] });
      await vendor('POST', '/v1/products/shop/channels', { name: 'stable' });
      await vendor('POST', '/v1/installs', { id: 'acme', product: 'shop', channel: 'stable' });
      const { token } = z
        .object({ token: z.string() })
        .parse(JSON.parse(await vendor('POST', '/v1/installs/acme/join-tokens', {})));
      const values = join(ground.dir, 'values.json');
      writeFileSync(values, JSON.stringify(chartValues()));
      const env = { PATH: '/usr/bin:/bin', HOME: ground.dir, KUBECONFIG: cluster.adminKubeconfigPath };
      const chart = [
        'install',
        'landfall-runner',
        join(root, 'charts/runner'),
        '--namespace=landfall-system',
        '--create-namespace',
      ];
      await run(engines.path('helm'), [...chart, `--values=${values}`, '--server-side=true'], { env });
      const made = async (path: string, body: object): Promise<unknown> => {
        const answer = await cluster.admin.call('POST', path, body);
        if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
        return answer.body;
      };
      await made('/api/v1/namespaces/landfall-system/secrets', {
        metadata: { name: 'landfall-handoff' },
        stringData: { 'join-token': token },
      });
      // The chart's own Deployment only pretends to run here (kwok); this process stands in for it, with its account.
      const account = '/api/v1/namespaces/landfall-system/serviceaccounts/landfall-runner/token';
      const { status } = z
        .object({ status: z.object({ token: z.string() }) })
        .parse(await made(account, { spec: { expirationSeconds: 3600 } }));
      kubeconfig = join(ground.dir, 'runner.kubeconfig');
      writeFileSync(kubeconfig, tokenKubeconfig(cluster, status.token), { mode: 0o600 });
    });
    afterAll(async () => {
      for (const { child } of runners) if (child.exitCode === null) child.kill('SIGKILL');
      await plane?.close();
      await database?.close();
      await ground?.close();
    });

    it('takes the lease, enrols, accepts what is wanted and reports it', async () => {
      const runner = await startRunner('first');
      await until('the first is ready', () => ready(runner));
      await until('the report is there', async () => (await report()).acceptedSequence === 1);
      expect((await report()).runner.leaseEpoch).toBe(1);
      const kinds = new Set(readLedger(join(runner.workDir, 'egress-ledger')).map(({ kind }) => kind));
      expect([...kinds]).toEqual(expect.arrayContaining(['enrol', 'channel-fetch', 'report']));
      expect(runner.output()).not.toMatch(/lf_[A-Za-z0-9_-]{8}|PRIVATE KEY|\b403\b/);
    });

    it('is explained to the vendor by what it has reported', async () => {
      const env = { PATH: '/usr/bin:/bin', HOME: ground.dir, LANDFALL_TOKEN: adminToken };
      const where = ['--control-plane', `http://127.0.0.1:${port}`, '--install', 'acme'];
      const cli = ['--import', 'tsx', 'cli/main.ts', 'runner', 'explain', ...where];
      const { stdout } = await run(process.execPath, cli, { cwd: root, env });
      expect(stdout).toMatch(/^the install is Unknown; wanted nothing, in force nothing \(as of 20/);
      expect(stdout).toMatch(/\n {2}does {7}.*nothing/);
    });

    it('lets only one work; the next takes over as soon as the first is asked to end', async () => {
      const [first] = runners;
      if (first === undefined) throw new Error('no first runner');
      const second = await startRunner('second');
      await until('the second waits', async () =>
        (await (await fetch(`${second.health}/readyz`)).text()).includes('the lease'),
      );
      expect(await ready(first)).toBe(true);
      expect(await exit(first, 'SIGTERM')).toBe(0);
      await until('the second is ready', () => ready(second));
      await until('the second reports', async () => (await report()).runner.leaseEpoch === 2);
    });

    it('starts again after a kill with the control plane away: it is enrolled and knows what is in force', async () => {
      const second = runners[1];
      if (second === undefined) throw new Error('no second runner');
      await plane?.close();
      plane = null;
      await exit(second, 'SIGKILL');
      const third = await startRunner('third');
      await until('the third is ready', () => ready(third));
      await startPlane();
      await until('the third reports', async () => (await report()).runner.leaseEpoch === 3);
      expect((await report()).acceptedSequence).toBe(1);
      expect(readFileSync(join(third.workDir, 'config.json'), 'utf8')).not.toContain('PRIVATE');
    });

    it('takes over from one that is frozen, which ends when it wakes up', async () => {
      const third = runners[2];
      if (third === undefined) throw new Error('no third runner');
      third.child.kill('SIGSTOP');
      const fourth = await startRunner('fourth');
      await until('the fourth is ready', () => ready(fourth), 120_000);
      await until('the fourth reports', async () => (await report()).runner.leaseEpoch === 4);
      expect(await exit(third, 'SIGCONT')).toBe(1);
      expect(third.output()).toContain('LF-RUNNER-004');
      expect((await report()).runner.leaseEpoch).toBe(4);
    });
  },
);
