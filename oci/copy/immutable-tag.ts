import { type Digest, LandfallError } from '../../contract/index.ts';
import type { RawManifest } from '../manifest.ts';
import type { CallOptions } from '../registry/context.ts';
import { hasStatus } from '../registry/failures.ts';
import type { ContentTarget } from './content-store.ts';

/** `lf-` and the whole hex digest: garbage collection of "untagged" images never takes a root that is pulled by digest. */
export function immutableTag(digest: Digest): string {
  return `lf-${digest.slice('sha256:'.length)}`;
}

/** ECR refuses to push an immutable tag again even when nothing changes, so look first; and a race is no failure either. */
export async function putTag(to: ContentTarget, manifest: RawManifest, tag: string, call: CallOptions): Promise<void> {
  if ((await to.resolve(tag, call)) === manifest.digest) return;
  try {
    await to.putManifest(manifest, { ...call, tag });
  } catch (error) {
    if (hasStatus(error, 400, 405, 409, 412) && (await to.resolve(tag, call)) === manifest.digest) return;
    if (hasStatus(error, 409, 412)) {
      throw new LandfallError('LF-OCI-009', `${to.name} has the tag ${tag} for something else already`, {
        cause: error,
      });
    }
    throw error;
  }
}
