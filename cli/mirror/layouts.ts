import { LandfallError } from '../../contract/index.ts';
import {
  type ContentSource,
  type ContentTarget,
  createLayout,
  createTarLayout,
  type Layout,
  openLayout,
  openTarLayout,
  type TarLayout,
  type TarLayoutWriter,
} from '../../oci/index.ts';

/** An OCI layout on disk, as other tools write it: `oci:<folder>` or `oci-archive:<file>`, then `:<tag>` or `@<digest>`. */
export type LayoutReference = {
  readonly kind: 'oci' | 'oci-archive';
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
};

/** The layouts of one command: each opened once, an archive finished once. */
export type Layouts = {
  source(reference: LayoutReference): Promise<{ store: ContentSource; /** Tag or digest. */ wanted: string }>;
  target(reference: LayoutReference): Promise<{ store: ContentTarget; tag?: string }>;
  /** Gives written archives their names. Without it nothing is left of them. */
  finish(): Promise<void>;
  close(): Promise<void>;
};

/** Undefined: not a layout but a registry. */
export function parseLayoutReference(text: string): LayoutReference | undefined {
  const [, kind] = /^(oci|oci-archive):/.exec(text) ?? [];
  if (kind !== 'oci' && kind !== 'oci-archive') return undefined;
  const [, path = '', digest, tag] =
    /^([^@]+?)(?:@(sha256:[0-9a-f]{64})|:([\w][\w.-]{0,127}))?$/.exec(text.slice(kind.length + 1, 4096)) ?? [];
  if (path === '') {
    throw new LandfallError(
      'LF-CLI-010',
      `"${text}" is not a layout; expected ${kind}:<path>[:<tag>|@sha256:<digest>]`,
    );
  }
  return { kind, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

export function openLayouts(): Layouts {
  const read = new Map<string, TarLayout | Layout>();
  const written = new Map<string, TarLayoutWriter | Layout>();
  const archives: TarLayoutWriter[] = [];

  const openSource = async ({ kind, path }: LayoutReference): Promise<TarLayout | Layout> => {
    const store = read.get(path) ?? (kind === 'oci' ? await openLayout(path) : await openTarLayout(path));
    read.set(path, store);
    return store;
  };
  const openTarget = async ({ kind, path }: LayoutReference): Promise<ContentTarget> => {
    const known = written.get(path);
    if (known !== undefined) return known;
    if (kind === 'oci') {
      const layout = await createLayout(path);
      written.set(path, layout);
      return layout;
    }
    const archive = await createTarLayout(path);
    archives.push(archive);
    written.set(path, archive);
    return archive;
  };

  return {
    source: async (reference) => {
      const store = await openSource(reference);
      return { store, wanted: reference.digest ?? reference.tag ?? (await onlyRoot(store, reference)) };
    },
    target: async (reference) => {
      const { kind, path, tag, digest } = reference;
      if (digest !== undefined) {
        throw new LandfallError('LF-CLI-010', `the destination ${kind}:${path} names a digest; give a path or a tag`);
      }
      return { store: await openTarget(reference), ...(tag === undefined ? {} : { tag }) };
    },
    finish: async () => {
      for (const archive of archives.splice(0)) await archive.finish();
    },
    close: async () => {
      for (const archive of archives.splice(0)) await archive.discard();
      for (const store of read.values()) if ('close' in store) await store.close();
    },
  };
}

async function onlyRoot(layout: TarLayout | Layout, { kind, path }: LayoutReference): Promise<string> {
  const digests = new Set((await layout.roots()).map(({ digest }) => digest));
  const [only] = digests;
  if (only !== undefined && digests.size === 1) return only;
  const which = `${kind}:${path}:<tag> or ${kind}:${path}@<digest>`;
  throw new LandfallError('LF-CLI-010', `${path} holds ${digests.size} artifacts; say which: ${which}`);
}
