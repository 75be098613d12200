import { type Digest, LandfallError, sha256 } from '../../contract/index.ts';
import type { RawManifest } from '../manifest.ts';
import type { CallOptions } from '../registry/context.ts';
import { hasStatus } from '../registry/failures.ts';
import type { ContentTarget } from './content-store.ts';
import type { PlatformName } from './platform.ts';

/**
 * `lf-` and the whole hex digest: garbage collection of "untagged" images never takes a root that is pulled by digest. It is written last,
 * so it also says that everything below the root is there. Where platforms were left out, it ends with 12 hex digits of their names'
 * hash instead, and says so for these platforms only.
 */
export function immutableTag(digest: Digest, platforms?: readonly PlatformName[]): string {
  const whole = `lf-${digest.slice('sha256:'.length)}`;
  if (platforms === undefined) return whole;
  const names = [...new Set(platforms)].sort().join(',');
  return `${whole}-${sha256(names).slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

/** Whether a tag is of that kind. */
export function isImmutableTag(tag: string): boolean {
  return /^lf-[0-9a-f]{64}(-[0-9a-f]{12})?$/.test(tag);
}

/**
 * Stores a manifest under a tag that is not there, as far as was seen. Registries refuse to push an immutable tag again, even when nothing
 * changes (ECR): a race for the same digest is no failure.
 */
export async function putTag(to: ContentTarget, manifest: RawManifest, tag: string, call: CallOptions): Promise<void> {
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
