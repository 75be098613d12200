import { fromKey, type MirrorRecord } from '../record.ts';
import type { OwnRegistry } from '../registries.ts';

/** What the record says is there and the registry does not list: one request per repository (and page). */
export async function findMissing(own: OwnRegistry, record: MirrorRecord, signal: AbortSignal): Promise<string[]> {
  const byRepository = new Map<string, string[]>();
  for (const key of await record.keys()) {
    const { repository } = fromKey(key);
    byRepository.set(repository, [...(byRepository.get(repository) ?? []), key]);
  }
  const missing: string[] = [];
  for (const [repository, keys] of byRepository) {
    const images = await own.images(`${own.prefix}/${repository}`, signal);
    const there = new Set(images?.map((image) => image.digest));
    missing.push(...keys.filter((key) => !there.has(fromKey(key).digest)));
  }
  return missing;
}
