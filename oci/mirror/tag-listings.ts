import { LandfallError } from '../../contract/index.ts';
import { type ContentSource, type ContentTarget, isRegistryStore } from '../copy/content-store.ts';
import { createOnce } from './once.ts';
import type { Slots } from './slots.ts';

type Place = ContentSource | ContentTarget;

/** The tags of a repository, read once per run. Undefined: look at each tag by itself. */
export type TagListings = (place: Place) => Promise<ReadonlySet<string> | undefined>;

/** For fewer items than this, a look at each is cheaper than pages of tags. */
const worthwhile = 3;

/** `wanted`: the place of each item; a repository that many items touch is listed. */
export function createTagListings(wanted: readonly Place[], small: Slots, signal: AbortSignal): TagListings {
  const once = createOnce<ReadonlySet<string> | undefined>();
  const count = new Map<string, number>();
  for (const { name } of wanted) count.set(name, (count.get(name) ?? 0) + 1);
  return async (place) => {
    if (!isRegistryStore(place) || (count.get(place.name) ?? 0) < worthwhile) return undefined;
    return once(place.name, () =>
      small(async () => {
        try {
          return new Set(await place.client.listTags(place.repository, { signal }));
        } catch (error) {
          if (!(error instanceof LandfallError) || error.temporary) throw error;
          // No such repository: nothing is there. Other refusals say nothing about the tags.
          return error.code === 'LF-OCI-004' ? new Set<string>() : undefined;
        }
      }),
    );
  };
}
