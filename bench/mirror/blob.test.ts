import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import { blobOf, bytesOf } from './blob.ts';
import { bytesOfImage, manyImages } from './image.ts';

it('gives the same bytes for the same name, others for another, and none that can be made smaller', () => {
  const size = 2 * 1024 * 1024 + 7;
  const bytes = Buffer.concat([...bytesOf({ name: 'a', size })]);
  expect(bytes.byteLength).toBe(size);
  expect(blobOf('a', size)).toEqual({ name: 'a', size, digest: sha256(bytes) });
  expect(blobOf('b', size).digest).not.toBe(sha256(bytes));
  expect(gzipSync(bytes).byteLength).toBeGreaterThan(size);
  // The first and the second MiB are not the same key stream again.
  expect(bytes.subarray(100, 200)).not.toEqual(bytes.subarray(100 + 1024 * 1024, 200 + 1024 * 1024));
});

it('makes images of two shared layers and one of their own', () => {
  const images = manyImages(25);
  const layers = images.flatMap((image) => image.layers.map(({ digest }) => digest));
  expect(layers).toHaveLength(75);
  expect(new Set(layers).size).toBe(10 + 25);
  expect(new Set(images.map(({ manifest }) => manifest.digest)).size).toBe(25);
  expect(bytesOfImage(images[0]!)).toBeGreaterThan(2 * 64 * 1024 + 4096);
});
