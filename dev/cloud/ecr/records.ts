import { request } from 'node:http';
import * as z from 'zod';
import type { Moto } from '../moto.ts';

type PushedManifest = { digest: string; tag?: string; body: Buffer; mediaType: string };

const repositoriesSchema = z.object({
  repositories: z.array(z.object({ repositoryName: z.string(), imageTagMutability: z.string().optional() })),
});

const target = 'AmazonEC2ContainerRegistry_V20150921';

/** ECR's records, which moto keeps: repositories, and the images that were pushed to the registry. */
export class EcrRecords {
  readonly #moto: Moto;
  readonly #pushed: { repository: string; manifest: PushedManifest; looks: number }[] = [];
  #upstreamPort = 0;

  constructor(moto: Moto) {
    this.#moto = moto;
  }

  setUpstream(port: number): void {
    this.#upstreamPort = port;
  }

  async repository(name: string): Promise<{ immutable: boolean } | undefined> {
    const answer = await this.#moto.json('ecr', `${target}.DescribeRepositories`, { repositoryNames: [name] });
    if (answer.status !== 200) return undefined;
    const [found] = repositoriesSchema.parse(JSON.parse(answer.body.toString('utf8'))).repositories;
    return found === undefined ? undefined : { immutable: found.imageTagMutability?.startsWith('IMMUTABLE') === true };
  }

  /** What the registry itself holds under a tag or digest. */
  async digestOf(repository: string, reference: string): Promise<string | undefined> {
    const answer = await this.#ask('HEAD', repository, reference);
    return answer.status === 200 ? answer.digest : undefined;
  }

  /** A manifest is on its way to the registry; `settle` records it once it has arrived. */
  expect(repository: string, manifest: PushedManifest): void {
    this.#pushed.push({ repository, manifest, looks: 0 });
  }

  /** Tells moto of the images that have arrived, so that DescribeImages and the like know them. */
  async settle(): Promise<void> {
    for (const pushed of this.#pushed.splice(0)) {
      const { repository, manifest } = pushed;
      if ((await this.digestOf(repository, manifest.tag ?? manifest.digest)) !== manifest.digest) {
        // Still on its way, or refused by the registry: look again, not for ever.
        if (pushed.looks < 20) this.#pushed.push({ ...pushed, looks: pushed.looks + 1 });
        continue;
      }
      await this.#moto.json('ecr', `${target}.PutImage`, {
        repositoryName: repository,
        imageManifest: manifest.body.toString('utf8'),
        imageManifestMediaType: manifest.mediaType,
        imageDigest: manifest.digest,
        ...(manifest.tag === undefined ? {} : { imageTag: manifest.tag }),
      });
    }
  }

  /** Takes out of the registry what BatchDeleteImage took out of ECR: by digest the image, by tag the tag alone. */
  async remove(body: Record<string, unknown>): Promise<void> {
    const { repositoryName, imageIds } = deletionSchema.parse(body);
    for (const { imageDigest, imageTag } of imageIds) {
      await this.#ask('DELETE', repositoryName, imageDigest ?? imageTag ?? '');
    }
  }

  #ask(method: string, repository: string, reference: string): Promise<{ status: number; digest: string | undefined }> {
    const path = `/v2/${repository}/manifests/${reference}`;
    return new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: this.#upstreamPort, method, path, headers: { accept: manifestTypes } },
        (answer) => {
          answer.resume();
          const digest = answer.headers['docker-content-digest'];
          resolve({ status: answer.statusCode ?? 0, digest: typeof digest === 'string' ? digest : undefined });
        },
      );
      asked.once('error', reject);
      asked.end();
    });
  }
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

const deletionSchema = z.object({
  repositoryName: z.string(),
  imageIds: z.array(z.object({ imageDigest: z.string().optional(), imageTag: z.string().optional() })),
});
