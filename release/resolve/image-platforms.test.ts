import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { artifactSchema, type ReleaseImage } from '../../contract/index.ts';
import { copyArtifact, createLayout, createTarLayout, openLayout, packArtifact, packIndex } from '../../oci/index.ts';
import { requirePlatforms } from './image-platforms.ts';
import { pinImage } from './pin-image.ts';

const dir = mkdtempSync(join(tmpdir(), 'image-platforms-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const imageFor = (architecture: string) =>
  packArtifact({
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      bytes: Buffer.from(JSON.stringify({ os: 'linux', architecture })),
    },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', bytes: Buffer.from(architecture) }],
  });
const indexOf = async (...architectures: string[]) =>
  packIndex({
    manifests: await Promise.all(
      architectures.map(async (architecture) => ({
        artifact: await imageFor(architecture),
        platform: { os: architecture === 'unknown' ? 'unknown' : 'linux', architecture },
      })),
    ),
  });

describe('the platforms of an image', () => {
  it.each([
    ['one image for it', imageFor('amd64'), ['linux/amd64'], null],
    ['an index with both', indexOf('amd64', 'arm64', 'unknown'), ['linux/amd64', 'linux/arm64'], null],
    ['one image for another', imageFor('arm64'), ['linux/amd64'], /is for linux\/arm64 and not for linux\/amd64/],
    [
      'an index without one',
      indexOf('amd64', 'unknown'),
      ['linux/amd64', 'linux/arm64'],
      /is for linux\/amd64 and not/,
    ],
    ['nothing that was asked', imageFor('s390x'), [], null],
  ] as const)('are looked at before they are shipped: %s', async (name, making, wanted, message) => {
    const packed = await making;
    const layout = await createLayout(join(dir, name.replaceAll(' ', '-')));
    await copyArtifact({ from: packed, to: layout, digest: packed.manifest.digest });
    const { digest, mediaType, bytes } = packed.manifest;
    const artifact = artifactSchema.parse({ repository: 'shop/images/x', digest, mediaType, size: bytes.byteLength });
    const image: ReleaseImage = { reference: 'x:1', artifact };
    const looked = requirePlatforms(layout, image, wanted);
    if (message === null) await expect(looked).resolves.toBeUndefined();
    else {
      await expect(looked).rejects.toMatchObject({ code: 'LF-RELEASE-013' });
      await expect(looked).rejects.toThrow(message);
    }
  });
});

describe('an image source', () => {
  it('may be a tar file, as builders write one', async () => {
    const packed = await imageFor('amd64');
    const tar = await createTarLayout(join(dir, 'app.tar'));
    await copyArtifact({ from: packed, to: tar, digest: packed.manifest.digest });
    await tar.putManifest(packed.manifest, { tag: 'shop.example/app:1' });
    await tar.finish();
    const into = await createLayout(join(dir, 'into'));
    const image = await pinImage(into, 'shop.example/app:1', {
      productDir: dir,
      imageSources: { 'shop.example/': 'app.tar' },
      registries: () => undefined,
      repository: (path) => `shop/images/${path}`,
    });
    expect(image.artifact).toMatchObject({ repository: 'shop/images/app', digest: packed.manifest.digest });
    const again = await openLayout(into.dir);
    expect(Buffer.from((await again.getManifest(image.artifact.digest)).bytes).equals(packed.manifest.bytes)).toBe(
      true,
    );
  });
});
