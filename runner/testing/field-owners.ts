import type { KubeObject } from '../kubernetes/index.ts';

/** Path of a field (`/data/on`) -> its value; maps are walked, lists are one value. */
type Fields = Map<string, unknown>;

/** Server-side apply as the API server does it, but for lists, which it merges by key and this replaces whole. */
export type FieldOwners = {
  apply(
    key: string,
    current: KubeObject | undefined,
    wanted: KubeObject,
    manager: string,
  ): { result: object; conflicts: string[]; commit: () => void };
  /** Somebody wrote these fields without applying: they are theirs. */
  update(key: string, patch: object): void;
  forget(key: string): void;
};

export function createFieldOwners(): FieldOwners {
  const owners = new Map<string, Map<string, Fields>>();
  return {
    apply: (key, current, wanted, manager) => {
      const others = [...(owners.get(key) ?? [])].filter(([name]) => name !== manager);
      const fields = fieldsOf(wanted);
      const now = current === undefined ? new Map() : fieldsOf(current);
      const taken = [...fields].filter(
        ([path, value]) =>
          others.some(([, theirs]) => theirs.has(path)) && JSON.stringify(now.get(path)) !== JSON.stringify(value),
      );
      const dropped = [...(owners.get(key)?.get(manager)?.keys() ?? [])].filter(
        (path) => !fields.has(path) && !others.some(([, theirs]) => theirs.has(path)),
      );
      const { apiVersion, kind, metadata } = wanted;
      const named = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
      const result = structuredClone({ ...(current ?? named) });
      for (const [path, value] of fields) set(result, path, value);
      for (const path of dropped) unset(result, path);
      const commit = (): void => {
        const all = owners.get(key) ?? new Map<string, Fields>();
        for (const [, theirs] of others) for (const [path] of taken) theirs.delete(path);
        owners.set(key, all.set(manager, fields));
      };
      return { result, conflicts: taken.map(([path]) => path), commit };
    },
    update: (key, patch) => {
      const all = owners.get(key) ?? new Map<string, Fields>();
      const fields = fieldsOf(patch);
      for (const theirs of all.values()) for (const path of fields.keys()) theirs.delete(path);
      const hand = all.get('by hand') ?? new Map<string, unknown>();
      owners.set(key, all.set('by hand', new Map([...hand, ...fields])));
    },
    forget: (key) => void owners.delete(key),
  };
}

const notOwned = new Set(['apiVersion', 'kind', 'status']);
const notOwnedMetadata = /^\/metadata\/(?:name|namespace|uid|resourceVersion|generation|managedFields)$/;

function fieldsOf(object: object): Fields {
  const fields: Fields = new Map();
  const walk = (value: unknown, path: string): void => {
    const isMap = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
    if (!isMap) {
      if (!notOwnedMetadata.test(path)) fields.set(path, value);
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      if (path === '' && notOwned.has(name)) continue;
      walk(member, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    }
  };
  walk(object, '');
  return fields;
}

function namesIn(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function set(root: Record<string, unknown>, path: string, value: unknown): void {
  const names = namesIn(path);
  const last = names.pop();
  let at = root;
  for (const name of names) {
    const next = at[name];
    at = at[name] = isRecord(next) ? next : {};
  }
  if (last !== undefined) at[last] = structuredClone(value);
}

function unset(root: Record<string, unknown>, path: string): void {
  const names = namesIn(path);
  const last = names.pop();
  let at: unknown = root;
  for (const name of names) at = isRecord(at) ? at[name] : undefined;
  if (last !== undefined && isRecord(at)) delete at[last];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
