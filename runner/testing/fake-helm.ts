import * as z from 'zod';
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type JsonObject, LandfallError } from '../../contract/index.ts';
import type { Helm, HelmCall } from '../../engines/index.ts';
import { readChartArchive } from '../components/helm/chart-archive.ts';
import { readHistory } from '../components/helm/release-secrets.ts';
import { writeTar } from '../../oci/index.ts';
import { type KubeObject, kubeObjectSchema } from '../kubernetes/index.ts';
import type { FakeKubernetes } from './fake-kubernetes.ts';

/** What a fake chart's .tgz holds. */
export type FakeChart = {
  deployments: string[];
  ready?: boolean;
  fails?: boolean;
  hookFails?: boolean;
  /** Fails as often, and works then. */
  failsFirst?: number;
  /** A ConfigMap that its post-install hook makes, and nothing else. */
  installHook?: string;
  /** Definitions in its `crds/`. */
  crds?: JsonObject[];
  /** How often its test fails; it has none when this is not set. */
  testFailures?: number;
  /** A Deployment that cannot be changed while it is there. */
  unchangeable?: string;
  /** Size of a file that cannot be compressed. */
  ballast?: number;
};

export type FakeHelm = Helm & {
  calls: string[];
  /** What the last call that took options got. */ options: Record<string, unknown>;
  secrets: readonly string[];
};

/** A real archive, so that whatever looks into charts has something to look into. */
export async function writeFakeChart(file: string, content: unknown): Promise<void> {
  const chart = z.custom<FakeChart>().parse(content);
  const { ballast = 0, crds = [] } = chart;
  const entry = (path: string, bytes: Uint8Array) => ({ kind: 'file' as const, path: `fake/${path}`, bytes });
  await writeTar(file, [
    entry('Chart.yaml', Buffer.from('name: fake\n')),
    entry('fake.json', Buffer.from(JSON.stringify(chart))),
    ...crds.map((crd, index) => entry(`crds/${index}.yaml`, Buffer.from(JSON.stringify(crd)))),
    ...(ballast === 0 ? [] : [entry('ballast', randomBytes(ballast))]),
  ]);
}

async function readFakeChart(file: string): Promise<FakeChart> {
  const files = await readChartArchive(file, never);
  const found = files.find(({ path }) => path === 'fake.json');
  return z.custom<FakeChart>().parse(JSON.parse(String(found?.data)));
}
type Id = { name: string; namespace: string };
const never = new AbortController().signal;

/** Helm's records and their states as the real one writes them, on the fake cluster; a spawn lies between `pending` and the objects. */
export function createFakeHelm(kubernetes: FakeKubernetes): FakeHelm {
  const secretRef = (id: Id, revision: number) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: id.namespace,
    name: `sh.helm.release.v1.${id.name}.v${revision}`,
  });
  const history = (id: Id) => readHistory(kubernetes, { namespace: id.namespace, releaseName: id.name }, never);
  const record = async (
    id: Id,
    revision: number,
    status: string,
    manifest: string,
    labels: Record<string, string>,
  ): Promise<void> => {
    const release = {
      name: id.name,
      namespace: id.namespace,
      version: revision,
      info: { status },
      chart: { metadata: { name: id.name, version: '1.0.0' } },
      manifest,
    };
    const data = { release: Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64') };
    const object: KubeObject = {
      ...secretRef(id, revision),
      metadata: {
        name: secretRef(id, revision).name,
        namespace: id.namespace,
        labels: { ...labels, owner: 'helm', name: id.name, version: String(revision), status },
      },
      data,
    };
    await kubernetes.apply(object, { fieldManager: 'helm' });
  };
  const read = async (id: Id, revision: number): Promise<{ manifest: string; labels: Record<string, string> }> => {
    const secret = z
      .looseObject({
        data: z.object({ release: z.string() }),
        metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
      })
      .parse(await kubernetes.get(secretRef(id, revision)));
    const inner = Buffer.from(secret.data.release, 'base64').toString('latin1');
    const release = z
      .object({ manifest: z.string() })
      .parse(JSON.parse(gunzipSync(Buffer.from(inner, 'base64')).toString()));
    return { manifest: release.manifest, labels: secret.metadata.labels ?? {} };
  };
  const objectsIn = (manifest: string, id: Id): KubeObject[] =>
    manifest
      .split('---\n')
      .filter((text) => text.trim() !== '')
      .map((text) => {
        const object = kubeObjectSchema.parse(JSON.parse(text));
        return {
          ...object,
          metadata: {
            ...object.metadata,
            namespace: id.namespace,
            labels: { 'app.kubernetes.io/managed-by': 'Helm' },
            annotations: {
              ...object.metadata.annotations,
              'meta.helm.sh/release-name': id.name,
              'meta.helm.sh/release-namespace': id.namespace,
            },
          },
        };
      });

  /** pending -> objects -> deployed, the one before superseded. */
  const move = async (
    id: Id,
    what: {
      manifest: string;
      labels: Record<string, string>;
      pending: string;
      fails: string | null;
      installHook?: string | undefined;
    },
    call: HelmCall,
  ): Promise<void> => {
    const before = await history(id);
    const newest = before.at(-1);
    if (newest?.status.startsWith('pending-') === true) {
      throw new LandfallError('LF-ENGINES-010', 'another operation (install/upgrade/rollback) is in progress');
    }
    const revision = (newest?.revision ?? 0) + 1;
    const deployed = before.filter((seen) => seen.status === 'deployed');
    // An upgrade goes on from the newest where none is deployed; an install takes over what it wants, and leaves the rest.
    const from = what.pending === 'pending-upgrade' && deployed.length === 0 ? before.slice(-1) : deployed;
    await record(id, revision, what.pending, what.manifest, what.labels);
    await call.onSpawn?.({ pid: 1, startTime: '1' });
    const lives = (): void => call.signal?.throwIfAborted();
    lives();
    if (what.fails !== null) {
      await record(id, revision, 'failed', what.manifest, what.labels);
      throw new LandfallError('LF-ENGINES-010', what.fails);
    }
    const wanted = objectsIn(what.manifest, id);
    for (const object of wanted) {
      await kubernetes.apply(object, { fieldManager: 'helm', force: true });
      lives();
    }
    for (const { revision: old } of from) {
      const { manifest, labels } = await read(id, old);
      for (const object of objectsIn(manifest, id)) {
        if (!wanted.some((item) => item.metadata.name === object.metadata.name))
          await kubernetes.delete({ ...object, ...object.metadata });
        lives();
      }
      await record(id, old, 'superseded', manifest, labels);
      lives();
    }
    if (what.installHook !== undefined && what.pending === 'pending-install') {
      const metadata = { name: what.installHook, namespace: id.namespace };
      const hook = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { made: 'by a hook' } };
      await kubernetes.apply(hook, { fieldManager: 'helm', force: true });
      lives();
    }
    await record(id, revision, 'deployed', what.manifest, what.labels);
  };

  const notUsed = (): never => {
    throw new Error('not used by the runner');
  };
  const failures = new Map<string, number>();
  const failed = (what: string): number => {
    const count = (failures.get(what) ?? 0) + 1;
    failures.set(what, count);
    return count;
  };
  /** By release: how often its test is to fail. */
  const tests = new Map<string, number>();

  const fake: FakeHelm = {
    calls: [],
    options: {},
    secrets: [],
    upgradeInstall: async (request, call = {}) => {
      fake.calls.push(`upgrade ${request.name}`);
      fake.options = { ...request };
      fake.secrets = call.secrets ?? [];
      const newest = (await history(request)).at(-1);
      const mayReplace = request.replace === true && newest?.status === 'failed';
      if (request.isNew === true && newest !== undefined && !mayReplace)
        throw new LandfallError('LF-ENGINES-010', 'cannot reuse a name that is still in use', { temporary: true });
      const chart = await readFakeChart(request.chart);
      tests.set(request.name, chart.testFailures ?? 0);
      const annotations = chart.ready === false ? { 'test/ready': 'false' } : { 'test/ready': 'true' };
      const manifest = chart.deployments
        .map(
          (name) =>
            `${JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, annotations }, spec: { replicas: 1, values: request.values?.[0] } })}\n`,
        )
        .join('---\n');
      const fails =
        chart.hookFails === true
          ? 'pre-upgrade hooks failed: timed out'
          : chart.fails === true ||
              (chart.unchangeable !== undefined && kubernetes.find('Deployment', chart.unchangeable) !== undefined) ||
              (chart.failsFirst !== undefined && failed(request.chart) <= chart.failsFirst)
            ? 'field is immutable'
            : null;
      await move(
        request,
        {
          manifest,
          labels: { ...request.labels },
          pending: request.isNew === true || newest === undefined ? 'pending-install' : 'pending-upgrade',
          fails,
          installHook: chart.installHook,
        },
        call,
      );
    },
    rollback: async (request, call = {}) => {
      fake.calls.push(`rollback ${request.name} ${request.revision}`);
      fake.options = { ...request };
      const { manifest, labels } = await read(request, request.revision);
      await move(request, { manifest, labels, pending: 'pending-rollback', fails: null }, call);
    },
    uninstall: async (request, call = {}) => {
      fake.calls.push(`uninstall ${request.name}`);
      fake.options = { ...request };
      await call.onSpawn?.({ pid: 1, startTime: '1' });
      for (const { revision } of await history(request)) {
        const { manifest } = await read(request, revision);
        for (const object of objectsIn(manifest, request)) await kubernetes.delete({ ...object, ...object.metadata });
        call.signal?.throwIfAborted();
        await kubernetes.delete(secretRef(request, revision));
      }
    },
    history: notUsed,
    status: notUsed,
    list: notUsed,
    template: async (request) => {
      fake.calls.push(`template ${request.name}`);
      const { crds = [] } = await readFakeChart(request.chart);
      return crds.map((crd) => `---\n# Source: fake/crds/a.yaml\n${JSON.stringify(crd)}\n`).join('');
    },
    test: async (request, call = {}) => {
      fake.calls.push(`test ${request.name}`);
      await call.onSpawn?.({ pid: 1, startTime: '1' });
      if (failed(`test ${request.name}`) <= (tests.get(request.name) ?? 0))
        throw new LandfallError('LF-ENGINES-010', 'pod smoke failed');
    },
    version: notUsed,
  };
  return fake;
}
