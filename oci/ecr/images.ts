import type { ECRClient } from '@aws-sdk/client-ecr';
import { type Digest, LandfallError, digestSchema } from '../../contract/index.ts';
import { ecrCalls } from './calls.ts';
import { isNamed, refused } from './refusals.ts';

type Where = { client: Pick<ECRClient, 'send'>; repository: string; signal?: AbortSignal | undefined };

export type EcrImage = { digest: Digest; tags: readonly string[] };

/** ECR's own limits for one call. */
const pageSize = 1000;
const deletedAtATime = 100;

/** Every manifest of a repository, indexes and their children alike; null: there is no such repository. */
export async function listEcrImages({ client, repository, signal }: Where): Promise<EcrImage[] | null> {
  const { DescribeImagesCommand } = await ecrCalls();
  const images: EcrImage[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const answer = await client.send(
        new DescribeImagesCommand({ repositoryName: repository, maxResults: pageSize, nextToken }),
        { abortSignal: signal },
      );
      for (const { imageDigest, imageTags } of answer.imageDetails ?? [])
        images.push({ digest: digestSchema.parse(imageDigest), tags: imageTags ?? [] });
      ({ nextToken } = answer);
    } while (nextToken !== undefined);
  } catch (error) {
    signal?.throwIfAborted();
    if (isNamed(error, 'RepositoryNotFoundException')) return null;
    throw refused(error, `The images of ECR repository ${repository} could not be listed`);
  }
  return images;
}

/**
 * Deletes manifests by digest, with all of their tags. What is not there is fine. ECR refuses the child of an index that is still there:
 * indexes come first, in a call of their own (LF-OCI-035).
 */
export async function deleteEcrImages(
  { client, repository, signal }: Where,
  digests: readonly Digest[],
): Promise<void> {
  const { BatchDeleteImageCommand } = await ecrCalls();
  for (let at = 0; at < digests.length; at += deletedAtATime) {
    const imageIds = digests.slice(at, at + deletedAtATime).map((imageDigest) => ({ imageDigest }));
    signal?.throwIfAborted();
    const answer = await client
      .send(new BatchDeleteImageCommand({ repositoryName: repository, imageIds }), { abortSignal: signal })
      .catch((error: unknown) => {
        signal?.throwIfAborted();
        throw refused(error, `Images of ECR repository ${repository} could not be deleted`);
      });
    const kept = (answer.failures ?? []).filter((failure) => failure.failureCode !== 'ImageNotFound');
    const [first] = kept;
    if (first === undefined) continue;
    const message = `ECR kept ${kept.length} images of ${repository}, among them ${first.imageId?.imageDigest}: ${first.failureCode} ${first.failureReason}`;
    throw new LandfallError('LF-OCI-035', message, { temporary: true });
  }
}
