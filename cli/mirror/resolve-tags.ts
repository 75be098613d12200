import type { Digest } from '../../contract/index.ts';
import type { RegistryStore } from '../../oci/index.ts';

/** Looks at a time. */
const atATime = 16;

/** The digests that tags lead to; null where a tag is not there, or not any more. */
export async function resolveTags(store: RegistryStore, tags: readonly string[]): Promise<Map<string, Digest | null>> {
  const digests = new Map<string, Digest | null>();
  const queue = [...tags];
  const worker = async (): Promise<void> => {
    for (let tag = queue.pop(); tag !== undefined; tag = queue.pop()) {
      digests.set(tag, (await store.resolve(tag)) ?? null);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, tags.length) }, worker));
  return digests;
}
