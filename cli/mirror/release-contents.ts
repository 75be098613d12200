import { readFile } from 'node:fs/promises';
import {
  artifactsOf,
  type Digest,
  imagesOf,
  LandfallError,
  payloadTypes,
  pinnedKeysVerifier,
} from '../../contract/index.ts';
import { readRelease } from '../../release/index.ts';
import type { Stores } from './stores.ts';

export type ReleaseOptions = { release?: string; key?: string };

export type ReleaseContents = {
  /** `shop 1.4.0` */
  title: string;
  /** Of the release itself: `registry/shop/releases@sha256:...`, and the tag that it has. */
  self: { reference: string; name: string };
  /** Everything that it names, in the registry where it lies. */
  artifacts: readonly {
    /** `registry/repository@sha256:...` */
    reference: string;
    repository: string;
    digest: Digest;
    /** What nodes pull; charts, modules and providers always come whole. */
    image: boolean;
  }[];
};

/** What a published release names. With a key only when that key has signed it; the artifacts are digests of the signed document. */
export async function readContents(
  stores: Stores,
  text: string,
  keyFile: string | undefined,
): Promise<ReleaseContents> {
  const { store, wanted, reference } = await stores.open(text);
  const { release, envelope, manifest } = await readRelease(store, wanted);
  if (keyFile !== undefined) {
    const pem = await readFile(keyFile, 'utf8').catch((cause: unknown) => {
      throw new LandfallError('LF-CLI-005', `${keyFile} (--key) cannot be read`, { cause });
    });
    await pinnedKeysVerifier([pem]).verify(envelope, payloadTypes.release);
  }
  const pulled = new Set(imagesOf(release).map(({ repository, digest }) => `${repository}@${digest}`));
  return {
    title: `${release.product} ${release.version}`,
    self: { reference: `${store.name}@${manifest.digest}`, name: `${reference.repository}:${release.version}` },
    artifacts: artifactsOf(release).map(({ repository, digest }) => ({
      reference: `${reference.registry}/${repository}@${digest}`,
      repository,
      digest,
      image: pulled.has(`${repository}@${digest}`),
    })),
  };
}
