import { LandfallError, type ReleaseTarget, describeError } from '../../contract/index.ts';
import { parseManifest } from '../../oci/index.ts';
import { type ReleaseBytes, type ReleaseSource, releaseLimits } from '../channel/index.ts';
import type { VendorRegistries } from './registries.ts';

/** Codes that say that what came is wrong, not that nothing came: waiting does not help. */
const wrong = new Set(['LF-OCI-001', 'LF-OCI-005', 'LF-OCI-006', 'LF-OCI-007', 'LF-OCI-008']);

/** Fetches a release's manifest and envelope by digest. Who signed them is looked at by the one who asked. */
export function vendorReleaseSource(vendor: VendorRegistries): ReleaseSource {
  return {
    read: async (target, signal) => {
      try {
        return await fetchRelease(vendor, target, signal);
      } catch (cause) {
        if (signal.aborted || (cause instanceof LandfallError && !cause.temporary && wrong.has(cause.code)))
          throw cause;
        const message = `${target.product} ${target.version} cannot be fetched from ${target.registry}: ${describeError(cause)}`;
        throw new LandfallError('LF-RUNNER-064', message, { cause, temporary: true });
      }
    },
  };
}

async function fetchRelease(
  vendor: VendorRegistries,
  target: ReleaseTarget,
  signal: AbortSignal,
): Promise<ReleaseBytes> {
  const client = vendor.at(target.registry);
  const manifest = await client.getManifest(target.repository, target.digest, { signal });
  const parsed = parseManifest(manifest);
  const layer = parsed.kind === 'manifest' ? parsed.manifest.layers[0] : undefined;
  if (layer === undefined)
    throw new LandfallError('LF-OCI-008', `${target.repository}@${target.digest} is not a release`);
  if (layer.size > releaseLimits.envelope.bytes) {
    throw new LandfallError(
      'LF-OCI-006',
      `the release's envelope has ${layer.size} bytes; ${releaseLimits.envelope.bytes} are accepted`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await client.getBlob(target.repository, layer, { signal })) chunks.push(chunk);
  return { manifest: Buffer.from(manifest.bytes), envelope: Buffer.concat(chunks) };
}
