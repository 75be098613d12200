import { LandfallError } from '../../contract/index.ts';
import {
  type ContentSource,
  type ContentTarget,
  createRegistryClient,
  parseReference,
  type Reference,
  type RegistryClient,
  registryStore,
  type RegistryStore,
} from '../../oci/index.ts';
import { openNetwork } from '../host/network.ts';
import { registryLogins } from '../host/registry-logins.ts';
import { openLayouts, parseLayoutReference } from './layouts.ts';

export type StoreOptions = { ca?: string; plainHttp?: boolean; authfile?: string };

export type OpenedReference = { store: RegistryStore; reference: Reference; /** Tag or digest. */ wanted: string };

/** The registries of one command: one client each, logged in by what people have already. */
export type Stores = {
  open(text: string): Promise<OpenedReference>;
  /** A reference, or a layout on disk (`oci:<folder>`, `oci-archive:<file>`). */
  source(text: string): Promise<{ store: ContentSource; /** Tag or digest. */ wanted: string }>;
  /** The same without a digest: what comes there has its own. */
  target(text: string): Promise<{ store: ContentTarget; tag?: string }>;
  /** `host[:port]` */
  registry(host: string): Promise<RegistryClient>;
  /** A repository without tag or digest. */
  repository(text: string): Promise<RegistryStore>;
  /** All is where it belongs: archives get their names. */
  finish(): Promise<void>;
  close(): Promise<void>;
};

export function openStores(options: StoreOptions): Stores {
  const clients = new Map<string, RegistryClient>();
  const layouts = openLayouts();
  const clientOf = async (host: string): Promise<RegistryClient> => {
    const known = clients.get(host);
    if (known !== undefined) return known;
    const network = await openNetwork(options);
    const credentials = registryLogins({ network, ...options })(host);
    const plain = options.plainHttp === true ? { plainHttp: true } : {};
    const client = createRegistryClient({ host, credentials, network, ...plain });
    clients.set(host, client);
    return client;
  };
  const storeOf = async ({ registry, repository }: Reference): Promise<RegistryStore> =>
    registryStore(await clientOf(registry), repository);
  const open = async (text: string): Promise<OpenedReference> => {
    const reference = parseReference(text);
    return { store: await storeOf(reference), reference, wanted: reference.digest ?? reference.tag ?? 'latest' };
  };
  return {
    open,
    registry: clientOf,
    source: async (text) => {
      const layout = parseLayoutReference(text);
      return layout === undefined ? open(text) : layouts.source(layout);
    },
    target: async (text) => {
      const layout = parseLayoutReference(text);
      if (layout !== undefined) return layouts.target(layout);
      const { store, reference } = await open(text);
      if (reference.digest !== undefined) {
        throw new LandfallError('LF-CLI-010', `the destination "${text}" names a digest; give a repository or a tag`);
      }
      return { store, ...(reference.tag === undefined ? {} : { tag: reference.tag }) };
    },
    repository: async (text) => {
      const reference = parseReference(text);
      if (reference.tag !== undefined || reference.digest !== undefined) {
        throw new LandfallError(
          'LF-CLI-010',
          `"${text}" names one artifact; give the repository without tag and digest`,
        );
      }
      return storeOf(reference);
    },
    finish: () => layouts.finish(),
    close: async () => {
      await layouts.close();
      for (const client of clients.values()) await client.close();
    },
  };
}
