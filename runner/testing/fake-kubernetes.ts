import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import {
  type KubeObject,
  type Kubernetes,
  kubeObjectSchema,
  type ListOptions,
  type ObjectRef,
  type Observation,
} from '../kubernetes/index.ts';
import { createFieldOwners } from './field-owners.ts';

export type FakeCall = {
  verb: 'get' | 'list' | 'create' | 'replace' | 'apply' | 'dry-run' | 'patch' | 'delete';
  kind: string;
  name: string;
};

/** As admission sees it: with what is to be written. */
type FakeRequest = FakeCall & { object?: KubeObject };

export type FakeKubernetes = Kubernetes & {
  calls: FakeCall[];
  /** Throws to fail a call; called before it has an effect. */
  before: (request: FakeRequest) => void;
  /** Told of every change, when it has been made. */
  after: (event: { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }) => void;
  find(kind: string, name: string): KubeObject | undefined;
  all(kind: string): KubeObject[];
  /** What the pods' containers wrote, by pod. */
  podLogs: Map<string, string>;
};

type Watcher = { options: ListOptions; push: (seen: Observation) => void };
const clusterKinds = new Set([
  'Namespace',
  'Node',
  'CustomResourceDefinition',
  'ClusterRole',
  'ValidatingWebhookConfiguration',
]);
/** And `landfall.dev`, whose definition comes with the runner's own chart. */
const builtInGroup = /^(?:apps|batch|policy|autoscaling|landfall\.dev|[a-z.]+\.k8s\.io)?$/;

/** An API server in memory: revisions, conflicts, owners of fields, finalizers, watches; and a Deployment controller that is done at once. */
export function createFakeKubernetes(): FakeKubernetes {
  const owners = createFieldOwners();
  const objects = new Map<string, KubeObject>();
  const watchers = new Set<Watcher>();
  let revision = 100;

  /** As the API server: a custom kind is there with its definition. Every version of a group shows the same object. */
  const isNamespaced = (type: { apiVersion: string; kind: string }): boolean => {
    const group = groupOf(type.apiVersion);
    if (builtInGroup.test(group)) return !clusterKinds.has(type.kind);
    const found = [...objects.values()]
      .map((object) => definitionOf(object))
      .find((definition) => definition?.group === group && definition.kind === type.kind);
    if (found !== undefined) return found.namespaced;
    const message = `the cluster knows no kind ${type.kind} in ${type.apiVersion}`;
    throw new LandfallError('LF-RUNNER-001', message, { temporary: true, details: { status: 404 } });
  };
  const keyOf = (ref: ObjectRef): string =>
    [groupOf(ref.apiVersion), ref.kind, isNamespaced(ref) ? (ref.namespace ?? '') : '', ref.name].join('|');
  const refOf = (object: KubeObject): ObjectRef => ({ ...object, ...object.metadata });
  const save = (object: KubeObject, type: 'ADDED' | 'MODIFIED'): KubeObject => {
    const key = keyOf(refOf(object));
    const old = objects.get(key);
    if (object.metadata.deletionTimestamp !== undefined && finalizersOf(object).length === 0)
      return remove(key, object);
    const generation = (old?.metadata.generation ?? 0) + 1;
    const stored = control(
      structuredClone({
        ...object,
        metadata: {
          ...object.metadata,
          generation,
          resourceVersion: String(++revision),
          uid: old?.metadata.uid ?? `uid-${revision}`,
        },
      }),
    );
    objects.set(key, stored);
    tell({ type, object: stored });
    return structuredClone(stored);
  };
  const remove = (key: string, object: KubeObject): KubeObject => {
    objects.delete(key);
    owners.forget(key);
    tell({ type: 'DELETED', object });
    return object;
  };
  const tell = (event: { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }): void => {
    for (const { options, push } of watchers)
      if (matches(options, event.object)) push({ type: 'changed', event: structuredClone(event) });
    fake.after(event);
  };
  const note = (verb: FakeCall['verb'], kind: string, name: string, object?: KubeObject): void => {
    const call = { verb, kind, name };
    fake.before(object === undefined ? call : { ...call, object });
    fake.calls.push(call);
  };

  const fake: FakeKubernetes = {
    calls: [],
    podLogs: new Map(),
    before: () => undefined,
    after: () => undefined,
    find: (kind, name) => [...objects.values()].find((object) => object.kind === kind && object.metadata.name === name),
    all: (kind) => [...objects.values()].filter((object) => object.kind === kind),
    get: async (ref) => {
      note('get', ref.kind, ref.name);
      return structuredClone(objects.get(keyOf(ref)) ?? null);
    },
    list: async (options) => {
      note('list', options.kind, '');
      const items = [...objects.values()].filter((object) => matches(options, object));
      return { items: structuredClone(items), resourceVersion: String(revision) };
    },
    create: async (object) => {
      note('create', object.kind, object.metadata.name, object);
      return objects.has(keyOf(refOf(object))) ? null : save(object, 'ADDED');
    },
    replace: async (object) => {
      note('replace', object.kind, object.metadata.name, object);
      const current = objects.get(keyOf(refOf(object)));
      const expected = object.metadata.resourceVersion;
      if (current === undefined || (expected !== undefined && expected !== current.metadata.resourceVersion))
        return null;
      return save(object, 'MODIFIED');
    },
    apply: async (object, { fieldManager, force, dryRun }) => {
      note(dryRun === true ? 'dry-run' : 'apply', object.kind, object.metadata.name, object);
      const key = keyOf(refOf(object));
      const current = objects.get(key);
      const { result, conflicts, commit } = owners.apply(key, current, object, fieldManager);
      if (conflicts.length > 0 && force !== true) {
        const message = `Apply failed with ${conflicts.length} conflict: ${conflicts.join(', ')}`;
        throw new LandfallError('LF-RUNNER-001', message, { details: { status: 409, reason: 'Conflict' } });
      }
      const applied = kubeObjectSchema.parse(result);
      if (dryRun === true) return structuredClone(applied);
      commit();
      if (isDeepStrictEqual(applied, current)) return structuredClone(applied);
      return save(applied, current === undefined ? 'ADDED' : 'MODIFIED');
    },
    patch: async (ref, patch) => {
      note('patch', ref.kind, ref.name);
      const key = keyOf(ref);
      const current = objects.get(key);
      if (current === undefined) return null;
      owners.update(key, patch);
      return save(kubeObjectSchema.parse(merge(current, patch)), 'MODIFIED');
    },
    delete: async (ref, { uid, resourceVersion } = {}) => {
      note('delete', ref.kind, ref.name);
      const key = keyOf(ref);
      const object = objects.get(key);
      if (object === undefined) return true;
      if (uid !== undefined && uid !== object.metadata.uid) return false;
      if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) return false;
      if (finalizersOf(object).length === 0) remove(key, object);
      else if (object.metadata.deletionTimestamp === undefined) {
        save({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-05T09:00:00Z' } }, 'MODIFIED');
      }
      return true;
    },
    logs: async (pod) => fake.podLogs.get(pod.name) ?? null,
    async *observe(options, signal) {
      const queue: Observation[] = [];
      let wake: () => void = () => undefined;
      const watcher = {
        options,
        push: (seen: Observation) => {
          queue.push(seen);
          wake();
        },
      };
      watchers.add(watcher);
      signal.addEventListener('abort', () => wake(), { once: true });
      try {
        const listed = structuredClone([...objects.values()].filter((object) => matches(options, object)));
        yield { type: 'listed', objects: listed, resourceVersion: String(revision) };
        while (!signal.aborted) {
          const next = queue.shift();
          if (next !== undefined) yield next;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        watchers.delete(watcher);
      }
    },
    isNamespaced: async (type) => isNamespaced(type),
  };
  return fake;
}

function matches(options: ListOptions, object: KubeObject): boolean {
  if (groupOf(object.apiVersion) !== groupOf(options.apiVersion) || object.kind !== options.kind) return false;
  if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return false;
  return (options.labelSelector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => object.metadata.labels?.[term.split('=')[0] ?? ''] === term.split('=')[1]);
}

/** A Job is done at once; the annotation `test/outcome` of its template may say `fails` or `hangs`. */
function outcomeOf(job: KubeObject): object {
  const { annotations } = templateSchema.parse(job['spec']).template.metadata;
  const outcome = annotations['test/outcome'] ?? 'succeeds';
  if (outcome === 'hangs') return {};
  const type = outcome === 'fails' ? 'Failed' : 'Complete';
  return { conditions: [{ type, status: 'True', reason: 'Test', message: `it ${outcome}` }] };
}

const templateSchema = z.looseObject({
  template: z.looseObject({
    metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }).prefault({}),
  }),
});

/** Deployments annotated `test/ready: "false"` never get ready, definitions annotated `test/established: "false"` never established. */
function control(object: KubeObject): KubeObject {
  const { kind, metadata } = object;
  if (kind === 'CustomResourceDefinition') {
    const established = metadata.annotations?.['test/established'] === 'false' ? 'False' : 'True';
    return { ...object, status: { conditions: [{ type: 'Established', status: established }] } };
  }
  if (kind === 'Job') return 'status' in object ? object : { ...object, status: outcomeOf(object) };
  if (kind !== 'Deployment') return object;
  const ready = metadata.annotations?.['test/ready'] === 'false' ? 0 : 1;
  const status = {
    observedGeneration: metadata.generation,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: ready,
    availableReplicas: ready,
  };
  return { ...object, status };
}

const definitionSchema = z.looseObject({
  spec: z.looseObject({ group: z.string(), scope: z.string(), names: z.looseObject({ kind: z.string() }) }),
});

function definitionOf(object: KubeObject): { group: string; kind: string; namespaced: boolean } | undefined {
  if (object.kind !== 'CustomResourceDefinition') return undefined;
  const { group, scope, names } = definitionSchema.parse(object).spec;
  return { group, kind: names.kind, namespaced: scope === 'Namespaced' };
}

function finalizersOf(object: KubeObject): string[] {
  return z.array(z.string()).catch([]).parse(object.metadata['finalizers']);
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function merge(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const base: Record<string, unknown> = { ...(typeof target === 'object' && target !== null ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else base[key] = merge(base[key], value);
  }
  return base;
}
