import { request } from 'node:http';
import { z } from 'zod';
import type { Moto } from '../moto.ts';

type PushedManifest = { digest: string; tag?: string; body: Buffer; mediaType: string };

const repositoriesSchema = z.object({
  repositories: z.array(z.object({ repositoryName: z.string(), imageTagMutability: z.string().optional() })),
});

const target = 'AmazonEC2ContainerRegistry_V20150921';

/** ECR's records, which moto keeps: repositories, and the images that were pushed to the registry. */
export class EcrRecords {
  readonly #moto: Moto;
  readonly #pushed: { repository: string; manifest: PushedManifest }[] = [];
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
  digestOf(repository: string, reference: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const head = request(
        {
          host: '127.0.0.1',
          port: this.#upstreamPort,
          method: 'HEAD',
          path: `/v2/${repository}/manifests/${reference}`,
          headers: {
            accept:
              'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json',
          },
        },
        (answer) => {
          answer.resume();
          const digest = answer.headers['docker-content-digest'];
          resolve(answer.statusCode === 200 && typeof digest === 'string' ? digest : undefined);
        },
      );
      head.once('error', reject);
      head.end();
    });
  }

  /** A manifest is on its way to the registry; `settle` records it once it has arrived. */
  expect(repository: string, manifest: PushedManifest): void {
    this.#pushed.push({ repository, manifest });
  }

  /** Tells moto of the images that have arrived, so that DescribeImages and the like know them. */
  async settle(): Promise<void> {
    for (const { repository, manifest } of this.#pushed.splice(0)) {
      if ((await this.digestOf(repository, manifest.tag ?? manifest.digest)) !== manifest.digest) continue;
      await this.#moto.json('ecr', `${target}.PutImage`, {
        repositoryName: repository,
        imageManifest: manifest.body.toString('utf8'),
        imageManifestMediaType: manifest.mediaType,
        imageDigest: manifest.digest,
        ...(manifest.tag === undefined ? {} : { imageTag: manifest.tag }),
      });
    }
  }
}
