import { LandfallError } from '../../contract/index.ts';
import { type ContentSource, type ContentTarget, createLayout, type Layout, openLayout } from '../../oci/index.ts';

/** An OCI layout on disk, as other tools write it: `oci:<folder>`, `oci:<folder>:<tag>`, `oci:<folder>@<digest>`. */
export type LayoutReference = { readonly dir: string; readonly tag?: string; readonly digest?: string };

/** Undefined: not a layout but a registry. */
export function parseLayoutReference(text: string): LayoutReference | undefined {
  if (!text.startsWith('oci:')) return undefined;
  const [, dir = '', digest, tag] =
    /^oci:([^@]+?)(?:@(sha256:[0-9a-f]{64})|:([\w][\w.-]{0,127}))?$/.exec(text.slice(0, 4096)) ?? [];
  if (dir === '') {
    throw new LandfallError('LF-CLI-010', `"${text}" is not a layout; expected oci:<folder>[:<tag>|@sha256:<digest>]`);
  }
  return { dir, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

export async function layoutSource(reference: LayoutReference): Promise<{ store: ContentSource; wanted: string }> {
  const store = await openLayout(reference.dir);
  const named = reference.digest ?? reference.tag;
  return { store, wanted: named ?? (await onlyRoot(store)) };
}

export async function layoutTarget(reference: LayoutReference): Promise<{ store: ContentTarget; tag?: string }> {
  if (reference.digest !== undefined) {
    throw new LandfallError(
      'LF-CLI-010',
      `the destination oci:${reference.dir} names a digest; give a folder or a tag`,
    );
  }
  const store = await createLayout(reference.dir);
  return { store, ...(reference.tag === undefined ? {} : { tag: reference.tag }) };
}

async function onlyRoot(layout: Layout): Promise<string> {
  const digests = new Set((await layout.roots()).map(({ digest }) => digest));
  const [only] = digests;
  if (only !== undefined && digests.size === 1) return only;
  const message = `${layout.dir} holds ${digests.size} artifacts; say which: oci:${layout.dir}:<tag> or oci:${layout.dir}@<digest>`;
  throw new LandfallError('LF-CLI-010', message);
}
