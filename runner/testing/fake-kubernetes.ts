import {
  type KubeObject,
  type Kubernetes,
  kubeObjectSchema,
  type ListOptions,
  type ObjectRef,
  type Observation,
} from '../kubernetes/index.ts';

export type FakeCall = {
  verb: 'get' | 'list' | 'create' | 'replace' | 'apply' | 'patch' | 'delete';
  kind: string;
  name: string;
};

export type FakeKubernetes = Kubernetes & {
  calls: FakeCall[];
  /** Throws to fail a call; called before it has an effect. */
  before: (call: FakeCall) => void;
  find(kind: string, name: string): KubeObject | undefined;
  all(kind: string): KubeObject[];
};

type Watcher = { options: ListOptions; push: (seen: Observation) => void };
const clusterKinds = new Set(['Namespace', 'Node', 'CustomResourceDefinition']);

/** An API server in memory: revisions, conflicts, watches; and a Deployment controller that is done at once. */
export function createFakeKubernetes(): FakeKubernetes {
  const objects = new Map<string, KubeObject>();
  const watchers = new Set<Watcher>();
  let revision = 100;

  const keyOf = (ref: ObjectRef): string =>
    [ref.apiVersion, ref.kind, clusterKinds.has(ref.kind) ? '' : (ref.namespace ?? ''), ref.name].join('|');
  const refOf = (object: KubeObject): ObjectRef => ({ ...object, ...object.metadata });
  const save = (object: KubeObject, type: 'ADDED' | 'MODIFIED'): KubeObject => {
    const old = objects.get(keyOf(refOf(object)));
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
    objects.set(keyOf(refOf(stored)), stored);
    tell({ type, object: stored });
    return structuredClone(stored);
  };
  const tell = (event: { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }): void => {
    for (const { options, push } of watchers)
      if (matches(options, event.object)) push({ type: 'changed', event: structuredClone(event) });
  };
  const note = (verb: FakeCall['verb'], kind: string, name: string): void => {
    const call = { verb, kind, name };
    fake.before(call);
    fake.calls.push(call);
  };

  const fake: FakeKubernetes = {
    calls: [],
    before: () => undefined,
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
      note('create', object.kind, object.metadata.name);
      return objects.has(keyOf(refOf(object))) ? null : save(object, 'ADDED');
    },
    replace: async (object) => {
      note('replace', object.kind, object.metadata.name);
      const current = objects.get(keyOf(refOf(object)));
      const expected = object.metadata.resourceVersion;
      if (current === undefined || (expected !== undefined && expected !== current.metadata.resourceVersion))
        return null;
      return save(object, 'MODIFIED');
    },
    apply: async (object) => {
      note('apply', object.kind, object.metadata.name);
      const current = objects.get(keyOf(refOf(object)));
      return save(
        { ...current, ...object, metadata: { ...current?.metadata, ...object.metadata } },
        current === undefined ? 'ADDED' : 'MODIFIED',
      );
    },
    patch: async (ref, patch) => {
      note('patch', ref.kind, ref.name);
      const current = objects.get(keyOf(ref));
      return current === undefined ? null : save(kubeObjectSchema.parse(merge(current, patch)), 'MODIFIED');
    },
    delete: async (ref) => {
      note('delete', ref.kind, ref.name);
      const object = objects.get(keyOf(ref));
      objects.delete(keyOf(ref));
      if (object !== undefined) tell({ type: 'DELETED', object });
    },
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
        yield { type: 'listed', objects: [...objects.values()].filter((object) => matches(options, object)) };
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
    isNamespaced: async (type) => !clusterKinds.has(type.kind),
  };
  return fake;
}

function matches(options: ListOptions, object: KubeObject): boolean {
  if (object.apiVersion !== options.apiVersion || object.kind !== options.kind) return false;
  if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return false;
  return (options.labelSelector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => object.metadata.labels?.[term.split('=')[0] ?? ''] === term.split('=')[1]);
}

/** Deployments annotated `test/ready: "false"` never get ready. */
function control(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const ready = object.metadata.annotations?.['test/ready'] === 'false' ? 0 : 1;
  const status = {
    observedGeneration: object.metadata.generation,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: ready,
    availableReplicas: ready,
  };
  return { ...object, status };
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
