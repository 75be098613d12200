import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Artifact, mediaTypes, sha256 } from '../../../../contract/index.ts';
import type { Registry } from '../../../../dev/index.ts';
import {
  copyArtifact,
  createRegistryClient,
  mediaTypes as ociTypes,
  packArtifact,
  registryStore,
  writeTar,
} from '../../../../oci/index.ts';
import { contentOf, type FakeComponent } from '../../../testing/fake-component.ts';
import { chartFiles, imagesOf, moduleText } from './contents.ts';

type Layer = Parameters<typeof packArtifact>[0]['layers'][number];

/** Publishes what components are made of in the vendor's registry, each thing once. */
const keyOf = (content: unknown): string => JSON.stringify(content);

export function createPublisher(registry: Registry, options: { dir: string; caPem: string }) {
  const client = createRegistryClient({ host: registry.host, ca: options.caPem, credentials: async () => registry });
  const artifacts = new Map<string, Artifact>();

  const publish = async (key: string, repository: string, layer: Layer): Promise<void> => {
    const packed = await packArtifact({ artifactType: 'application/vnd.shop.thing', layers: [layer] });
    const { digest, mediaType, size } = packed.descriptor;
    await copyArtifact({ from: packed, to: registryStore(client, repository), digest, tag: true });
    artifacts.set(key, { repository, digest, mediaType, size });
  };
  const archive = async (key: string, mediaType: string, files: Record<string, string>): Promise<Layer> => {
    const path = join(options.dir, `${sha256(key).slice(7, 27)}.tgz`);
    const entries = Object.entries(files).map(([name, text]) => ({
      kind: 'file' as const,
      path: name,
      bytes: Buffer.from(text),
    }));
    await writeTar(path, entries);
    return { mediaType, bytes: await readFile(path) };
  };
  const layerOf = (component: FakeComponent, key: string, files: { hold: string; applying: string }) => {
    if ('objects' in component)
      return { mediaType: mediaTypes.manifests, bytes: Buffer.from(JSON.stringify(component.objects)) };
    if ('chart' in component) {
      const inChart = Object.entries(chartFiles(component.chart)).map(([name, text]) => [`app/${name}`, text]);
      return archive(key, mediaTypes.helmChart, Object.fromEntries(inChart));
    }
    if ('base' in component || 'job' in component) throw new Error(`${component.name} has no artifact`);
    return archive(key, mediaTypes.module, { 'main.tf': moduleText(component.module, files) });
  };

  return {
    /** `files`: those by which a module is held. Returns what a content lies as. */
    publish: async (components: readonly FakeComponent[], files: { hold: string; applying: string }) => {
      for (const component of components) {
        for (const image of imagesOf(component)) {
          if (artifacts.has(keyOf(image))) continue;
          await publish(keyOf(image), 'shop/images', { mediaType: ociTypes.layerTar, bytes: Buffer.from(image) });
        }
        if ('job' in component) continue;
        const content = contentOf(component);
        const key = 'module' in component ? keyOf([content, files]) : keyOf(content);
        if (!artifacts.has(key)) await publish(key, 'shop/things', await layerOf(component, key, files));
      }
      return (content: unknown): Artifact => {
        const found = artifacts.get(keyOf(content)) ?? artifacts.get(keyOf([content, files]));
        if (found === undefined) throw new Error('it was not published');
        return found;
      };
    },
    close: () => client.close(),
  };
}
