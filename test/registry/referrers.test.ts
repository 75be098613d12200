import { afterEach, describe, expect, it } from 'vitest';
import { digestSchema, sha256 } from '../../contract/index.ts';
import { createRegistryClient, mirrorSet, type RegistryStore, registryStore } from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';
import { sha256Of } from './content.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const running: FaultRegistry[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function registry(referrers: boolean): Promise<{ fault: FaultRegistry; store: RegistryStore }> {
  const fault = await startFaultRegistry({ habits: { referrers } });
  running.push(fault);
  return { fault, store: registryStore(createRegistryClient({ host: fault.host, plainHttp: true }), 'shop/gateway') };
}

/** The image with all that refers to it; what refers to it and is in the target now. */
async function bring(from: RegistryStore, to: RegistryStore, digest: string) {
  const { items } = await mirrorSet({ items: [{ from, to, digest, referrers: true }] });
  return { subject: items[0]?.digest ?? sha256(''), referrers: items[0]?.referrers };
}

/** An artifact in the registry, pushed as any tool would. */
function plant(fault: FaultRegistry, text: string, subject?: { digest: string; size: number }, tag?: string) {
  const held = fault.content.repository('shop/gateway');
  const config = Buffer.from('{}');
  const layer = Buffer.from(text);
  for (const bytes of [config, layer]) fault.content.addBlob('shop/gateway', bytes);
  const descriptor = (bytes: Buffer, mediaType: string) => ({
    mediaType,
    digest: sha256Of(bytes),
    size: bytes.byteLength,
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: `application/vnd.test.${text}`,
      config: descriptor(config, 'application/vnd.oci.empty.v1+json'),
      layers: [descriptor(layer, 'text/plain')],
      ...(subject === undefined ? {} : { subject: { mediaType: manifestType, ...subject } }),
    }),
  );
  const digest = sha256Of(bytes);
  held.manifests.set(digest, { bytes, mediaType: manifestType, subject: subject?.digest });
  if (tag !== undefined) held.tags.set(tag, digest);
  return { digest, size: bytes.byteLength };
}

describe.each([
  ['with the referrers API', true],
  ['with the tag schema', false],
])('a copy into a registry %s', (_, api) => {
  it('brings signatures, what refers to them, and cosign’s tags', async () => {
    const source = await registry(true);
    const target = await registry(api);
    const image = plant(source.fault, 'image');
    const signature = plant(source.fault, 'signature', image);
    const timestamp = plant(source.fault, 'timestamp', signature);
    const cosign = plant(source.fault, 'cosign', undefined, `${image.digest.replace(':', '-')}.sig`);
    const { subject, referrers } = await bring(source.store, target.store, image.digest);
    expect(referrers).toEqual([signature.digest, timestamp.digest, cosign.digest]);
    const seen = await target.store.client.listReferrers('shop/gateway', subject);
    expect(seen.kept).toBe(api ? 'api' : 'tag');
    expect(seen.descriptors.map((each) => each.digest)).toEqual([signature.digest]);
    expect(target.fault.content.manifest('shop/gateway', `${image.digest.replace(':', '-')}.sig`)?.digest).toBe(
      cosign.digest,
    );
  });

  it('keeps what the target had, and adds nothing twice', async () => {
    const source = await registry(true);
    const target = await registry(api);
    const image = plant(source.fault, 'image');
    plant(source.fault, 'first', image);
    const { subject } = await bring(source.store, target.store, image.digest);
    plant(source.fault, 'second', image);
    for (let round = 0; round < 2; round++) await bring(source.store, target.store, image.digest);
    const { descriptors } = await target.store.client.listReferrers('shop/gateway', subject);
    expect(descriptors.map((each) => each.artifactType ?? '').toSorted()).toEqual([
      'application/vnd.test.first',
      'application/vnd.test.second',
    ]);
  });
});

it('a manifest that nothing refers to has an empty list', async () => {
  const source = await registry(false);
  const target = await registry(true);
  const image = plant(source.fault, 'image');
  expect((await bring(source.store, target.store, image.digest)).referrers).toEqual([]);
});

it('a list that does not end is refused: a part of it would look like all', async () => {
  const { fault, store } = await registry(true);
  const image = plant(fault, 'image');
  plant(fault, 'signature', image);
  const digest = digestSchema.parse(image.digest);
  const value = `</v2/shop/gateway/referrers/${digest}>; rel="next"`;
  fault.fault({ on: 'referrers', fault: { kind: 'header', name: 'link', value } });
  await expect(store.client.listReferrers('shop/gateway', digest)).rejects.toMatchObject({ code: 'LF-OCI-006' });
  expect(fault.struck()).toBe(50);
});
