import { type Digest, LandfallError } from '../../contract/index.ts';
import type { RegistryStore } from '../copy/content-store.ts';
import { parseManifest } from '../manifest.ts';
import type { Slots } from './slots.ts';

/** What earlier runs left in a registry, as far as it helps this one: blobs that another repository holds can be mounted from it. */
export type Holdings = {
  /** A root that is in a repository already. */
  readonly add: (store: RegistryStore, root: Digest) => void;
  /** Another repository of the registry that holds the blob. Reads manifests of the target's own registry, none twice. */
  readonly find: (to: RegistryStore, blob: Digest) => Promise<RegistryStore | undefined>;
};

/** Reading more than this costs more than the bytes that it may save. */
const mostManifests = 100;

type Held = {
  unread: { store: RegistryStore; manifest: Digest }[];
  readonly blobs: Map<Digest, RegistryStore>;
  count: number;
  reading: Promise<void>;
};

export function createHoldings(small: Slots, signal: AbortSignal): Holdings {
  const registries = new WeakMap<object, Held>();
  const heldAt = (client: object): Held => {
    const known = registries.get(client) ?? { unread: [], blobs: new Map(), count: 0, reading: Promise.resolve() };
    registries.set(client, known);
    return known;
  };

  const readOne = async (held: Held, store: RegistryStore, digest: Digest): Promise<void> => {
    const parsed = parseManifest(await small(() => store.getManifest(digest, { signal })));
    if (parsed.kind === 'index') {
      held.unread.push(...parsed.index.manifests.map((child) => ({ store, manifest: child.digest })));
      return;
    }
    for (const blob of [parsed.manifest.config, ...parsed.manifest.layers]) held.blobs.set(blob.digest, store);
  };

  const readOthers = async (held: Held, to: RegistryStore): Promise<void> => {
    for (;;) {
      const at = held.unread.findIndex(({ store }) => store.name !== to.name);
      const [next] = at < 0 || held.count >= mostManifests ? [] : held.unread.splice(at, 1);
      if (next === undefined) return;
      held.count++;
      await readOne(held, next.store, next.manifest).catch((error: unknown) => {
        // A child that was never brought, or something that is no image: nothing to mount from.
        if (!(error instanceof LandfallError) || error.temporary) throw error;
      });
    }
  };

  return {
    add: (store, root) => void heldAt(store.client).unread.push({ store, manifest: root }),
    find: async (to, blob) => {
      const held = heldAt(to.client);
      const reading = held.reading.then(() => (held.blobs.has(blob) ? undefined : readOthers(held, to)));
      held.reading = reading.catch(() => undefined);
      await reading;
      const store = held.blobs.get(blob);
      return store?.name === to.name ? undefined : store;
    },
  };
}
