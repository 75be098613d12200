import type { Content } from '../verify-stream.ts';
import { blobExists, mountBlob } from './blobs.ts';
import type { BlobWriteOptions, RegistryContext } from './context.ts';
import { storeBlob } from './put-blob.ts';
import type { BlobBody } from './upload-body.ts';

export type BringOptions = BlobWriteOptions & {
  /** A repository of the same registry that holds the blob. */
  readonly mountFrom?: string;
};

/** How the blob came to be there: it was there, the registry took it over from `mountFrom`, or it was sent. */
export type Brought = 'present' | 'mounted' | 'copied';

/**
 * Sees to it that a blob is there, in the fewest requests. A registry that answers a mount from the very same repository tells with
 * the POST that opens an upload whether the blob is there already; whether it does is found out once, with a blob known to be there. Of any other it
 * is asked first: an upload of what is there would cost its bytes.
 */
export async function bringBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  body: BlobBody,
  { mountFrom, ...options }: BringOptions,
): Promise<Brought> {
  const { uploads } = context;
  const tells = uploads.tellsWhatIsThere === true;
  const present = !tells && (await blobExists(context, repository, content.digest, options));
  const from = mountFrom ?? (tells ? repository : undefined);
  const stored = present ? 'present' : await storeBlob(context, repository, content, body, { ...options, from });
  if (uploads.tellsWhatIsThere === undefined) {
    // Asked once: those who come meanwhile do it the longer way.
    uploads.tellsWhatIsThere = false;
    uploads.tellsWhatIsThere = await mountBlob(context, repository, content.digest, repository, options).catch(
      () => false,
    );
  }
  if (stored !== 'taken') return stored;
  return from === repository ? 'present' : 'mounted';
}
