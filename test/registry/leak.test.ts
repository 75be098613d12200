import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { copyArtifact, createRegistryClient, registryStore } from '../../oci/index.ts';
import { startFaultRegistry } from './fault-registry.ts';
import { repository } from './fault-row.ts';
import { paths } from './paths.ts';
import { plantImage } from './plant.ts';

it.each(paths)('lets the source go each time the target fails before a byte is read, by %s', async (_, path) => {
  const [source, target] = [await startFaultRegistry(path.registry), await startFaultRegistry(path.registry)];
  const config = Buffer.from('{}');
  const { digest } = plantImage(source.content, repository, [randomBytes(2 * 1024 * 1024)], { config });
  target.content.addBlob(repository, config);
  const clients = [source, target].map(({ host }) => createRegistryClient({ host, ...path.client }));
  const [from, to] = clients.map((client) => registryStore(client, repository));
  if (from === undefined || to === undefined) throw new Error('both sides');
  const elsewhere = { kind: 'header', name: 'location', value: 'http://169.254.169.254/' } as const;
  target.fault({ on: 'upload-start', times: 40, fault: elsewhere });
  // More often than a client has connections.
  for (let n = 0; n < 20; n++) {
    await expect(copyArtifact({ from, to, digest, concurrency: 1 })).rejects.toMatchObject({ code: 'LF-OCI-007' });
  }
  target.clearFaults();
  await copyArtifact({ from, to, digest });
  for (const client of clients) await client.close();
  for (const each of [source, target]) await each.stop();
});
