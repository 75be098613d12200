import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import { readHistory } from '../../components/helm/release-secrets.ts';
import type { CoreProcess } from '../../testing/core-process.ts';
import { bundle } from '../../testing/bundle.ts';
import { type RealCluster, startRealCluster } from '../../testing/real-cluster.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');

/** A hook is held until its node is there. */
const hook = (name: string, when: string): string => `---
apiVersion: batch/v1
kind: Job
metadata: { name: ${name}, annotations: { helm.sh/hook: ${when} } }
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: { shop.example/${name}: "yes" }
      containers: [{ name: main, image: "registry.test/migrate:1" }]
`;
const templates = `apiVersion: v1
kind: ConfigMap
metadata: { name: try-{{ randAlphaNum 8 | lower }} }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], storageClassName: nowhere, resources: { requests: { storage: 1Gi } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "registry.test/web:1" }] }
${hook('create-database', 'pre-install')}${hook('seed', 'post-install')}`;

describe.skipIf(!engines.available)('the first install of a chart with install hooks, cut off', () => {
  let world: RealCluster;
  let given: string;
  let core: string;

  beforeAll(async () => {
    world = await startRealCluster();
    const workDir = join(world.ground.dir, 'runner');
    const chart = join(workDir, 'chart', 'web');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.1.0\n');
    await writeFile(join(chart, 'templates', 'all.yaml'), templates);
    await promisify(execFile)(engines.path('helm'), ['package', chart, '--destination', workDir]);
    core = await bundle('testing/core-process.ts', workDir);
    const wanted: CoreProcess = {
      kubeconfigPath: world.kubeconfigPath,
      workDir,
      helm: engines.path('helm'),
      chart: join(workDir, 'web-0.1.0.tgz'),
      postRender: await bundle('post-render/main.ts', workDir),
      state: { sequence: 1, version: '1.0.0', values: {}, timeoutSeconds: 300 },
    };
    given = join(workDir, 'given.json');
    await writeFile(given, JSON.stringify(wanted));
  });
  afterAll(async () => world?.close());

  const run = () => {
    const child = spawn(process.execPath, [core, given], { env: { PATH: '/usr/local/bin:/usr/bin:/bin' } });
    let said = '';
    let log = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.stderr.on('data', (chunk) => (log += String(chunk)));
    const ended = new Promise<string>((resolve) => child.on('close', () => resolve(said)));
    return { kill: () => child.kill('SIGKILL'), ended, log: () => log };
  };
  const get = (apiVersion: string, kind: string, name: string) =>
    world.kubernetes.get({ apiVersion, kind, namespace: 'shop', name });
  const isRunning = async (name: string): Promise<boolean> => {
    const job = z.looseObject({ status: z.object({ active: z.number() }) });
    return job.safeParse(await get('batch/v1', 'Job', name)).success;
  };
  const history = () =>
    readHistory(world.kubernetes, { namespace: 'shop', releaseName: 'web' }, AbortSignal.timeout(10_000));
  /** A node that takes the pods of this hook. */
  const release = async (name: string): Promise<void> => {
    const node = (await world.kubernetes.list({ apiVersion: 'v1', kind: 'Node' })).items[0]?.metadata.name ?? '';
    const metadata = { name: node, labels: { [`shop.example/${name}`]: 'yes' } };
    await world.kubernetes.apply({ apiVersion: 'v1', kind: 'Node', metadata }, { fieldManager: name });
  };
  const triesOf = async (): Promise<string[]> => {
    const { items } = await world.kubernetes.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop' });
    return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('try-'));
  };

  it('in its hooks goes on to its end: they are carried out, and nothing is left of the tries', async () => {
    const first = run();
    await expect.poll(() => isRunning('create-database')).toBe(true);
    first.kill();
    await first.ended;
    expect(await history()).toMatchObject([{ revision: 1, status: 'pending-install' }]);
    const begun = (await get('batch/v1', 'Job', 'create-database'))?.metadata.uid;

    await release('create-database');
    const second = run();
    await expect.poll(() => isRunning('seed')).toBe(true);
    second.kill();
    await second.ended;
    expect(await history()).toMatchObject([{ status: 'failed' }, { revision: 2, status: 'pending-install' }]);
    expect((await get('batch/v1', 'Job', 'create-database'))?.metadata.uid).not.toBe(begun);
    const [claim, made] = [await get('v1', 'PersistentVolumeClaim', 'data'), await triesOf()];
    expect(made).toHaveLength(1);

    await release('seed');
    const third = run();
    expect(JSON.parse(await third.ended)).toMatchObject({
      observed: '1.0.0',
      state: 'Running',
      denied: [],
      interrupted: expect.arrayContaining(['helm-install']),
    });
    expect(await history()).toMatchObject([{ revision: 3, status: 'deployed' }]);
    for (const name of ['create-database', 'seed'])
      expect(await get('batch/v1', 'Job', name)).toMatchObject({ status: { succeeded: 1 } });
    expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({ status: { readyReplicas: 1 } });
    // What is there is taken over, and only what nobody wants any more goes.
    expect((await get('v1', 'PersistentVolumeClaim', 'data'))?.metadata.uid).toBe(claim?.metadata.uid);
    const tries = await triesOf();
    expect(tries).toHaveLength(1);
    expect(tries).not.toEqual(made);
  });
});
