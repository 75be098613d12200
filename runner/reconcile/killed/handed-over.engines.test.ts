import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import { readHistory } from '../../components/helm/release-secrets.ts';
import { kubeObjectSchema } from '../../kubernetes/index.ts';
import type { CoreProcess } from '../../testing/core-process.ts';
import { bundle } from '../../testing/bundle.ts';
import { packWebChart, type RealCluster, startRealCluster } from '../../testing/real-cluster.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu');

type Slow = { hook?: boolean; gate?: string };
type Runner = { child: ChildProcess; said: () => string; answer: () => string; exit: Promise<number | null> };
const soon = { timeout: 60_000, interval: 100 };

// Holds as long as the file is not there; it ends with its engine, as anything that an engine waits for.
const moduleText = `
variable "names" { type = list(string) }
variable "gate" { type = string }
resource "terraform_data" "thing" {
  for_each = toset(var.names)
  provisioner "local-exec" { command = "until [ -e '\${var.gate}' ]; do sleep 0.1; done" }
}
`;

describe.skipIf(!engines.available)('two runner processes with the real Helm and OpenTofu', () => {
  let world: RealCluster;
  let dir: string;
  let base: Omit<CoreProcess, 'state' | 'workDir'>;
  let core: string;
  let sequence = 0;
  const things = ['one'];
  const runners: Runner[] = [];

  beforeAll(async () => {
    world = await startRealCluster();
    dir = join(world.ground.dir, 'runners');
    await mkdir(dir, { recursive: true });
    const module = join(dir, 'main.tf');
    await writeFile(module, moduleText);
    core = await bundle('testing/core-process.ts', dir);
    base = {
      kubeconfigPath: world.kubeconfigPath,
      helm: engines.path('helm'),
      chart: await packWebChart(engines.path('helm'), dir),
      postRender: await bundle('post-render/main.ts', dir),
      terraform: { tofu: engines.path('tofu'), module },
    };
    await label({});
    await writeFile(gateOf('open'), '');
    const first = await start('first', wanted('1.0.0'));
    expect({ exit: await first.exit, said: first.said() }).toMatchObject({ exit: 0 });
  });
  afterEach(async () => {
    for (const { child } of runners) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await label({ gate: null });
  });
  afterAll(async () => world?.close());

  const gateOf = (name: string): string => join(dir, `gate-${name}`);
  /** `hook`: its Job runs only on a node with the label `gate`. `gate`: the module holds until that file is there. */
  const wanted = (version: string, { hook = false, gate }: Slow = {}): CoreProcess['state'] => {
    if (gate !== undefined) things.push(gate);
    const values = {
      greeting: gate === undefined ? version : '1.0.0',
      ...(hook ? { hookSelector: { gate: 'open' } } : {}),
    };
    const variables = { names: [...things], gate: gateOf(gate ?? 'open') };
    return { sequence: ++sequence, version, values, timeoutSeconds: 60, variables };
  };
  const label = async (labels: Record<string, string | null>): Promise<void> => {
    const { items } = await world.kubernetes.list({ apiVersion: 'v1', kind: 'Node' });
    for (const { metadata } of items)
      await world.kubernetes.patch({ apiVersion: 'v1', kind: 'Node', name: metadata.name }, { metadata: { labels } });
  };
  const start = async (
    name: string,
    state: CoreProcess['state'],
    leaseTimes?: CoreProcess['leaseTimes'],
  ): Promise<Runner> => {
    const workDir = join(dir, `${name}-${state.sequence}`);
    await mkdir(workDir, { recursive: true });
    const file = join(workDir, 'given.json');
    await writeFile(file, JSON.stringify({ ...base, workDir, state, leaseTimes }));
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: workDir };
    const child = spawn(process.execPath, [core, file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, answer] = ['', ''];
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    child.stdout.on('data', (data: Buffer) => (answer += data.toString()));
    const exit = once(child, 'close').then(() => child.exitCode);
    const runner = { child, said: () => said, answer: () => answer, exit };
    runners.push(runner);
    return runner;
  };
  /** Engines under way in the folder of one runner. */
  const enginesOf = (name: string): string[] =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        } catch {
          return '';
        }
      })
      .filter((text) => /^\S*(?:helm|tofu)\S*\0(?:upgrade|apply)/.test(text) && text.includes(join(dir, name)));
  const history = async () => {
    const id = { namespace: 'shop', releaseName: 'web' };
    return readHistory(world.kubernetes, id, AbortSignal.timeout(10_000));
  };
  const hookWaits = async (): Promise<boolean> => {
    const pods = await world.kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' });
    return pods.items.some(
      (pod) => /^migrate-/.test(pod.metadata.name) && JSON.stringify(pod).includes('Unschedulable'),
    );
  };
  const leases = async () =>
    (await world.kubernetes.list({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'landfall-system' }))
      .items;
  const locked = async (): Promise<string[]> =>
    (await leases())
      .filter(({ metadata }) => metadata.name !== 'landfall-runner')
      .filter((lease) => /"holderIdentity":"[^"]/.test(JSON.stringify(lease)))
      .map(({ metadata }) => metadata.name);
  const thing = async (): Promise<string> => {
    const { items } = await world.kubernetes.list({ apiVersion: 'v1', kind: 'Secret', namespace: 'landfall-system' });
    return JSON.stringify(items.find(({ metadata }) => metadata.name.startsWith('tfstate-')) ?? null);
  };
  const answerSchema = z.object({ observed: z.string(), state: z.string(), denied: z.array(z.string()) });
  const answerOf = async (runner: Runner) => {
    expect({ exit: await runner.exit, said: runner.said() }).toMatchObject({ exit: 0 });
    return answerSchema.parse(JSON.parse(runner.answer()));
  };
  const version = (): string => `1.${sequence + 1}.0`;

  it.each<[string, Slow]>([
    ['a helm upgrade', { hook: true }],
    ['a tofu apply', { gate: 'terminated' }],
  ])(
    'SIGTERM in the middle of %s: nothing is left locked, the next one starts at once and gets there',
    async (_, slow) => {
      const next = version();
      const state = wanted(next, slow);
      const first = await start('asked', state);
      await expect.poll(() => enginesOf('asked').length, soon).toBeGreaterThan(0);
      if (slow.hook === true) await expect.poll(hookWaits, soon).toBe(true);
      else await expect.poll(locked, soon).toHaveLength(1);
      const second = await start('waits', state);
      await expect.poll(() => second.child.pid !== undefined, soon).toBe(true);

      first.child.kill('SIGTERM');
      expect({ exit: await first.exit, said: first.said() }).toMatchObject({ exit: 0 });
      const endedAt = Date.now();
      expect(enginesOf('asked')).toEqual([]);
      await expect.poll(() => second.said(), soon).toMatch(/epoch \d/);
      expect(Date.now() - endedAt).toBeLessThan(10_000);

      await label({ gate: 'open' });
      await writeFile(gateOf(slow.gate ?? 'open'), '');
      expect(await answerOf(second)).toMatchObject({ observed: next, state: 'Running', denied: [] });
      expect(second.said()).not.toMatch(/StateLocked|TerraformUnlocked/); // The first one's engine has given its lock back.
      expect((await history()).map(({ status }) => status).filter((status) => status === 'deployed')).toHaveLength(1);
      expect((await history()).at(-1)?.status).toBe('deployed');
      expect(await locked()).toEqual([]);
    },
  );

  const times = { durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 300, graceMs: 6_000 };
  it.each<[string, Slow]>([
    ['a helm upgrade', { hook: true }],
    ['a tofu apply', { gate: 'frozen' }],
  ])(
    'one that is frozen in the middle of %s loses its children, then its lease, and writes nothing when it wakes up',
    async (_, slow) => {
      const next = version();
      const state = wanted(next, slow);
      const first = await start('frozen', state, times);
      await expect.poll(() => enginesOf('frozen').length, soon).toBeGreaterThan(0);
      if (slow.hook === true) await expect.poll(hookWaits, soon).toBe(true);
      else await expect.poll(locked, soon).toHaveLength(1);
      const epoch = Number(/epoch (\d+)/.exec(first.said())?.[1]);
      const second = await start('takes', state, times);
      first.child.kill('SIGSTOP');

      await expect.poll(() => second.said(), { ...soon, interval: 20 }).toContain(`epoch ${epoch + 1}`);
      expect(enginesOf('frozen')).toEqual([]); // At this very moment, not later.
      await label({ gate: 'open' });
      await writeFile(gateOf(slow.gate ?? 'open'), '');
      expect(await answerOf(second)).toMatchObject({ observed: next, state: 'Running', denied: [] });

      const everything = async (): Promise<unknown> => {
        const kinds = [
          ['coordination.k8s.io/v1', 'Lease'],
          ['v1', 'ConfigMap'],
          ['v1', 'Secret'],
          ['apps/v1', 'Deployment'],
          ['batch/v1', 'Job'],
        ] as const;
        const lists = await Promise.all(kinds.map(([apiVersion, kind]) => world.kubernetes.list({ apiVersion, kind })));
        return lists
          .flatMap(({ items }) => items)
          .map((item) => kubeObjectSchema.parse(item))
          .filter(({ metadata }) => ['shop', 'landfall-system'].includes(metadata.namespace ?? ''))
          .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`);
      };
      const before = await everything();
      first.child.kill('SIGCONT');
      expect({ exit: await first.exit, said: first.said() }).toMatchObject({ exit: 1 });
      expect(first.said()).toMatch(/LF-RUNNER-00[34]/);
      expect(await everything()).toEqual(before);
      expect((await history()).at(-1)?.status).toBe('deployed');
      expect([await locked(), (await thing()) === 'null']).toEqual([[], false]);
    },
  );
});
