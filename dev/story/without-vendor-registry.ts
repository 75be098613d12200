import { join } from 'node:path';
import { artifactsOf, systemClock } from '../../contract/index.ts';
import { createRegistryClient, openLayout } from '../../oci/index.ts';
import { readRelease, releaseTag } from '../../release/index.ts';
import type { World } from '../world/index.ts';
import { mirrored } from './names.ts';
import { product, type StreamingVersion } from './vendor.ts';
import { waitUntil } from './wait-until.ts';

/**
 * Waits until the customer's registry holds everything a release names, asked at the registry itself, then stops the vendor's:
 * whatever is pulled from now on comes from the mirror, or not at all.
 */
export async function withoutVendorRegistry(
  world: World,
  version: StreamingVersion,
  say: (line: string) => void,
): Promise<void> {
  const layout = await openLayout(join(world.dir, 'vendor', 'releases'));
  const { release } = await readRelease(layout, releaseTag(product, version));
  const wanted = artifactsOf(release).map(({ repository, digest }) => ({ repository: mirrored(repository), digest }));
  // As a node of the cluster would look: with the node role's own password.
  const mirror = createRegistryClient({
    host: world.cloud.registry.host,
    ca: world.ca.certificatePem,
    clock: systemClock,
    credentials: () => world.cloud.nodePullCredentials(),
  });
  await waitUntil(`the mirror holds all ${wanted.length} artifacts of ${version}`, 180, async () => {
    for (const { repository, digest } of wanted) {
      if ((await mirror.headManifest(repository, digest)) === undefined) return null;
    }
    return true;
  });
  await mirror.close();
  await world.vendorRegistry.stop();
  say(`the mirror holds all ${wanted.length} artifacts of ${version}; the vendor's registry is stopped`);
}
