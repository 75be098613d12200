import type { z } from 'zod';
import { type Json, LandfallError, parseJson } from '../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { Store } from '../ports.ts';
import { pack, unpack } from './packing.ts';

export type StoreOptions = {
  kubernetes: Kubernetes;
  namespace: string;
  /** The epoch of the lease this process holds; what it writes is stamped with it. */
  epoch: () => number;
  /** Documents that hold a key are Secrets. Default ConfigMap. */
  kind?: 'ConfigMap' | 'Secret';
};

const epochAnnotation = 'landfall.dev/lease-epoch';
const storeLabel = 'landfall.dev/store';
const namePattern = /^[a-z0-9](?:[a-z0-9.-]{0,58}[a-z0-9])?$/;
/** After unpacking; one object holds at most 1 MiB packed. */
const documentLimit = { bytes: 32 * 1024 * 1024, depth: 80 };

/** Documents as ConfigMaps (or Secrets) `lf-<name>`: revision = resourceVersion, fence = the lease epoch in an annotation. */
export function createStore(options: StoreOptions): Store {
  const { kubernetes, namespace } = options;
  const kind = options.kind ?? 'ConfigMap';
  const refFor = (name: string) => {
    if (!namePattern.test(name)) throw new LandfallError('LF-RUNNER-005', `"${name}" is no name for a document`);
    return { apiVersion: 'v1', kind, namespace, name: `lf-${name}` };
  };

  /** Under which epoch each revision read or written here was stamped: a put needs no read of its own. */
  const seen = new Map<string, { revision: string; epoch: number }>();
  const note = (name: string, object: KubeObject): string => {
    const revision = object.metadata.resourceVersion ?? '';
    seen.set(name, { revision, epoch: epochOf(object) });
    return revision;
  };

  const put = async (name: string, value: Json, expected: string | null): Promise<string> => {
    const ref = refFor(name);
    const epoch = options.epoch();
    const known = seen.get(name);
    if (expected !== null && known?.revision === expected) refuseOlderEpoch(name, known.epoch, epoch);
    const object: KubeObject = {
      apiVersion: 'v1',
      kind,
      metadata: {
        name: ref.name,
        namespace,
        labels: { [storeLabel]: 'true' },
        annotations: { [epochAnnotation]: String(epoch) },
        ...(expected === null ? {} : { resourceVersion: expected }),
      },
      ...pack(kind, value),
    };
    // Nobody can slip in between the read and this write: the revision is part of the write.
    const written = expected === null ? await kubernetes.create(object) : await kubernetes.replace(object);
    if (written !== null) return note(name, written);
    const other = await kubernetes.get(ref, { metadataOnly: true });
    if (other !== null) refuseOlderEpoch(name, epochOf(other), epoch);
    throw conflict(name);
  };

  return {
    get: async <T>(name: string, schema: z.ZodType<T>) => {
      const object = await kubernetes.get(refFor(name));
      if (object === null) return null;
      const value = parseJson(unpack(object, name), schema, `the stored document ${name}`, documentLimit);
      return { value, revision: note(name, object) };
    },
    put,
    delete: async (name) => {
      const ref = refFor(name);
      const current = await kubernetes.get(ref, { metadataOnly: true });
      if (current === null) return;
      refuseOlderEpoch(name, epochOf(current), options.epoch());
      await kubernetes.delete(ref);
    },
    list: async (prefix) => {
      const labelSelector = `${storeLabel}=true`;
      const { items } = await kubernetes.list({ apiVersion: 'v1', kind, namespace, labelSelector, metadataOnly: true });
      return items
        .map((item) => item.metadata.name.replace(/^lf-/, ''))
        .filter((name) => name.startsWith(prefix))
        .sort();
    },
  };
}

/** The highest epoch under which any document was written; 0: there is none. */
export async function newestEpoch(
  kubernetes: Pick<Kubernetes, 'list'>,
  namespace: string,
  signal?: AbortSignal,
): Promise<number> {
  const labelSelector = `${storeLabel}=true`;
  const documents = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector, metadataOnly: true };
  const { items } = await kubernetes.list({ ...documents, signal });
  return Math.max(0, ...items.map((item) => epochOf(item)).filter((epoch) => Number.isSafeInteger(epoch)));
}

function epochOf(object: KubeObject): number {
  return Number(object.metadata.annotations?.[epochAnnotation] ?? '0');
}

function refuseOlderEpoch(name: string, there: number, epoch: number): void {
  if (there <= epoch) return;
  throw new LandfallError('LF-RUNNER-003', `${name} was written under lease epoch ${there}; this runner has ${epoch}`);
}

function conflict(name: string): LandfallError {
  return new LandfallError('LF-RUNNER-002', `${name} was changed since it was read`, { temporary: true });
}
