import type { Descriptor } from '../manifest.ts';
import type { Brought } from '../registry/bring-blob.ts';
import type { ContentSource, ContentTarget } from './content-store.ts';

export type CopyOutcome = Brought;

export type CopyBlobOptions = {
  readonly signal: AbortSignal;
  /** A place in the target's own registry that holds the blob: it is mounted from there. Refused, it is fetched from the source. */
  readonly mountFrom?: ContentSource;
  /** Length of each piece before it is handed on (progress, rate). A promise holds the stream until it resolves. */
  readonly onBytes?: (bytes: number) => Promise<void> | undefined;
};

/** One blob, if it is not there yet. A retry of the upload opens the source again. */
export async function copyBlob(
  from: ContentSource,
  to: ContentTarget,
  descriptor: Descriptor,
  { signal, mountFrom = from, onBytes }: CopyBlobOptions,
): Promise<CopyOutcome> {
  const open = async (): Promise<AsyncIterable<Uint8Array>> => {
    const bytes = await from.openBlob(descriptor, { signal, lent: to.takesLent === true });
    return onBytes === undefined ? bytes : metered(bytes, onBytes);
  };
  const call = { signal, verified: true };
  if (to.bringBlob !== undefined) return to.bringBlob(descriptor, open, { ...call, mountFrom });
  if (await to.hasBlob(descriptor, { signal })) return 'present';
  await to.putBlob(descriptor, open, call);
  return 'copied';
}

async function* metered(
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => Promise<void> | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of bytes) {
    await onBytes(piece.byteLength);
    yield piece;
  }
}
