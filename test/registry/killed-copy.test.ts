import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestSchema } from '../../contract/index.ts';
import {
  copyArtifact,
  createRegistryClient,
  packArtifact,
  packIndex,
  parseManifest,
  registryStore,
} from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';

const repository = 'shop/gateway';
let source: FaultRegistry;
let target: FaultRegistry;
let digest: Digest;

beforeEach(async () => {
  [source, target] = [await startFaultRegistry(), await startFaultRegistry()];
  const image = (arch: string) =>
    packArtifact({
      artifactType: 'application/vnd.test',
      layers: [`${arch} one`, `${arch} two`, 'shared'].map((text) => ({
        mediaType: 'text/plain',
        bytes: Buffer.from(text.repeat(2000)),
      })),
    });
  const index = packIndex({
    manifests: [
      { artifact: await image('amd64'), platform: { os: 'linux', architecture: 'amd64' } },
      { artifact: await image('arm64'), platform: { os: 'linux', architecture: 'arm64' } },
    ],
  });
  ({ digest } = index.descriptor);
  await copyArtifact({ from: index, to: store(source), digest });
  source.requests.length = 0;
});
afterEach(() => Promise.all([source.stop(), target.stop()]));

/** One attempt: a process that was killed does not try again by itself. */
const store = (registry: FaultRegistry) =>
  registryStore(createRegistryClient({ host: registry.host, plainHttp: true, retry: { attempts: 1 } }), repository);

async function sync(concurrency: number): Promise<void> {
  const [from, to] = [store(source), store(target)];
  try {
    await copyArtifact({ from, to, digest, tag: true, concurrency });
  } finally {
    await from.client.close();
    await to.client.close();
  }
}

/** Everything that a tag or a manifest in the target names is there: looked at in the registry itself. */
function incomplete(): string[] {
  const held = target.content.repositories.get(repository);
  if (held === undefined) return [];
  return [...held.manifests].flatMap(([name, stored]) => {
    const parsed = parseManifest({ bytes: stored.bytes, mediaType: stored.mediaType });
    const links =
      parsed.kind === 'index' ? parsed.index.manifests : [parsed.manifest.config, ...parsed.manifest.layers];
    return links
      .filter((link) => !held.blobs.has(link.digest) && !held.manifests.has(link.digest))
      .map((link) => `${name} -> ${link.digest}`);
  });
}
const fetched = (): string[] =>
  source.requests.filter((each) => each.operation === 'blob-get').map((each) => digestSchema.parse(each.reference));

describe('a copy that is killed at any request', () => {
  it.each([['source'], ['target']] as const)(
    'to the %s leaves nothing incomplete, goes on, and fetches nothing again that had arrived',
    async (side) => {
      // How many requests there are in all.
      await sync(1);
      const requests = (side === 'source' ? source : target).requests.length;
      expect(requests).toBeGreaterThan(7);
      for (let at = 0; at < requests; at++) {
        await target.stop();
        target = await startFaultRegistry();
        source.requests.length = 0;
        let seen = 0;
        const victim = side === 'source' ? source : target;
        victim.fault({ when: () => seen++ === at, fault: { kind: 'no-answer' } });
        await expect(sync(1)).rejects.toMatchObject({ temporary: true });
        expect(incomplete()).toEqual([]);
        const arrived = new Set(target.content.blobs.keys());
        const before = fetched().length;
        victim.clearFaults();
        await sync(1);
        expect(incomplete()).toEqual([]);
        expect(target.content.manifest(repository, `lf-${digest.slice(7)}`)?.digest).toBe(digest);
        expect(
          fetched()
            .slice(before)
            .filter((each) => arrived.has(each)),
        ).toEqual([]);
      }
    },
  );

  it('is safe when two of them meet', async () => {
    await Promise.all([sync(4), sync(4)]);
    expect(incomplete()).toEqual([]);
    expect(target.content.manifest(repository, `lf-${digest.slice(7)}`)?.digest).toBe(digest);
  });
});
