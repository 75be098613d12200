import type { Descriptor } from '../manifest.ts';
import { type HashTrail, type Part, passedOver, readAgain } from '../hash-trail.ts';
import type { Brought } from '../registry/bring-blob.ts';
import type { OpenBlob } from '../registry/upload-body.ts';
import type { ContentSource, ContentTarget } from './content-store.ts';

export type CopyOutcome = Brought;

export type CopyBlobOptions = {
  readonly signal: AbortSignal;
  /** A place in the target's own registry that holds the blob: it is mounted from there. Refused, it is fetched from the source. */
  readonly mountFrom?: ContentSource;
  /** Length of each piece before it is handed on (progress, rate), and where in the blob it ends. A promise holds the stream until it resolves. */
  readonly onBytes?: OnBytes;
};

type OnBytes = (bytes: number, end: number) => Promise<void> | undefined;

/** One blob, if it is not there yet. An upload that breaks goes back in the source, or opens it again. */
export async function copyBlob(
  from: ContentSource,
  to: ContentTarget,
  descriptor: Descriptor,
  { signal, mountFrom = from, onBytes }: CopyBlobOptions,
): Promise<CopyOutcome> {
  const read = { signal, lent: to.takesLent === true };
  const counted = (bytes: AsyncIterable<Uint8Array>, start: number): AsyncIterable<Uint8Array> =>
    onBytes === undefined ? bytes : metered(bytes, start, onBytes);
  const open: OpenBlob = async (trail) =>
    counted(await from.openBlob(descriptor, trail === undefined ? read : { ...read, trail }), 0);
  const again = (part: Part, trail: HashTrail): AsyncIterable<Uint8Array> => {
    const wider = (at: Part): AsyncIterable<Uint8Array> => passedOver(from.openBlob(descriptor, read), at.from);
    const bytes =
      from.readAgain?.(descriptor, { ...part, trail }, read) ??
      readAgain(trail, part, wider, `Blob ${descriptor.digest} from ${from.name}`);
    return counted(bytes, part.from);
  };
  const body: OpenBlob = Object.assign(open, { again });
  const call = { signal, verified: true };
  if (to.bringBlob !== undefined) return to.bringBlob(descriptor, body, { ...call, mountFrom });
  if (await to.hasBlob(descriptor, { signal })) return 'present';
  await to.putBlob(descriptor, body, call);
  return 'copied';
}

async function* metered(
  bytes: AsyncIterable<Uint8Array>,
  start: number,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  let end = start;
  for await (const piece of bytes) {
    end += piece.byteLength;
    await onBytes(piece.byteLength, end);
    yield piece;
  }
}
