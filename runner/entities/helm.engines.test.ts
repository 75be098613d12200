import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entity, entityTypeSchema, sha256, systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { createHelm, createProcessRunner, type Helm, writePostRendererPlugin } from '../../engines/index.ts';
import { startEntitiesInCluster } from '../testing/entities-in-cluster.ts';
import { images, lastGoodWith, listOf } from '../testing/fake-entities.ts';
import { bundle } from '../testing/bundle.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const run = promisify(execFile);

const templates = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {greeting: {{ .Values.greeting | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: site, image: 'shop.example/topic:1'}]}
`;
const site = (name: string, spec: Entity['spec'], generation = 1): Entity => ({
  type: 'sites',
  name,
  generation,
  spec,
});

describe.skipIf(!engines.available)('entities made of a chart, by the real Helm on a real API server', () => {
  let world: RealCluster;
  let entities: Awaited<ReturnType<typeof startEntitiesInCluster>> | undefined;
  let helm: Helm;

  beforeAll(async () => {
    world = await startRealCluster();
    const workDir = join(world.ground.dir, 'runner');
    const chart = join(workDir, 'site');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: site\nversion: 0.1.0\n');
    await writeFile(join(chart, 'values.yaml'), 'greeting: hello\nreplicas: 1\n');
    await writeFile(join(chart, 'templates', 'all.yaml'), templates);
    await run(engines.path('helm'), ['package', chart, '--destination', workDir]);
    const pluginsDir = join(workDir, 'plugins');
    const args = [await bundle('post-render/main.ts', workDir)];
    helm = createHelm({
      ...{ binary: engines.path('helm'), homeDir: join(workDir, 'helm'), pluginsDir },
      connection: { kind: 'kubeconfig', path: world.kubeconfigPath },
      runProcess: createProcessRunner({ clock: systemClock }),
    });
    const type = entityTypeSchema.parse({
      name: 'sites',
      schema: { type: 'object' },
      components: [
        {
          ...{ name: 'site', kind: 'helm', namespace: 'shop', chartVersion: '0.1.0', images },
          chart: { repository: 'shop/charts/site', digest: sha256('site'), mediaType: 'x/y', size: 1 },
          values: { greeting: '${entity.spec.greeting}', replicas: '${entity.spec.replicas}' },
        },
      ],
    });
    entities = await startEntitiesInCluster({
      ...{ workDir, helm, inForce: lastGoodWith([type]), kubernetes: world.kubernetes },
      postRenderer: await writePostRendererPlugin(pluginsDir, { command: process.execPath, args }),
      mirror: {
        referenceOf: ({ digest }) => `mirror.test/lf/app@${digest}`,
        fetchChart: (_, file) => copyFile(join(workDir, 'site-0.1.0.tgz'), file),
      },
    });
  }, 180_000);
  afterAll(async () => {
    await entities?.close();
    await world?.close();
  });

  // oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
  const until = <T>(look: () => T) => expect.poll(look, { interval: 100, timeout: 60_000 });
  const stateOf = (name: string) => {
    const told = entities?.keeper.states().get(`sites/${name}`);
    return told === undefined ? 'none' : `${told.state} ${told.generation}`;
  };
  const accept = (...wanted: Entity[]) => entities?.keeper.accept(listOf(...wanted));
  const configOf = async (name: string) => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: `sites-${name}-site` };
    return (await world.kubernetes.get(ref))?.['data'] ?? null;
  };
  const revisions = async (name: string): Promise<string[]> =>
    (await helm.history({ name: `sites-${name}-site`, namespace: 'shop' })).map(({ status }) => status);

  it('are Helm releases of their own, with what their specs say', async () => {
    accept(site('a', { greeting: 'one', replicas: 1 }), site('b', { greeting: 'two', replicas: 1 }));
    await until(() => [stateOf('a'), stateOf('b')]).toEqual(['Running 1', 'Running 1']);
    expect([await configOf('a'), await configOf('b')]).toEqual([{ greeting: 'one' }, { greeting: 'two' }]);
    expect(await revisions('a')).toEqual(['deployed']);
  });

  it('of which one is changed: it is upgraded, the other is not', async () => {
    accept(site('a', { greeting: 'other', replicas: 2 }, 2), site('b', { greeting: 'two', replicas: 1 }));
    await until(() => stateOf('a')).toBe('Running 2');
    expect([await configOf('a'), await configOf('b')]).toEqual([{ greeting: 'other' }, { greeting: 'two' }]);
    expect([await revisions('a'), await revisions('b')]).toEqual([['superseded', 'deployed'], ['deployed']]);
  });

  it('that somebody takes apart are put together again', async () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'sites-b-site' };
    await world.kubernetes.delete(config);
    await until(() => configOf('b')).toEqual({ greeting: 'two' });
    expect(await revisions('a')).toEqual(['superseded', 'deployed']);
  });

  it('of which one is removed: nothing of it is left, and the other stays', async () => {
    accept(site('b', { greeting: 'two', replicas: 1 }));
    await until(() => stateOf('a')).toBe('none');
    expect([await configOf('a'), await revisions('a')]).toEqual([null, []]);
    const selector = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', labelSelector: 'name=sites-a-site' };
    expect((await world.kubernetes.list(selector)).items).toEqual([]);
    expect([await configOf('b'), stateOf('b')]).toEqual([{ greeting: 'two' }, 'Running 1']);
  });
});
