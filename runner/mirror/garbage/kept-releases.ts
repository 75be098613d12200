import * as z from 'zod';
import { type Release, artifactsOf } from '../../../contract/index.ts';
import type { Store } from '../../ports.ts';
import { keyOf } from '../record.ts';

const schema = z.object({
  /** Releases that were wholly applied, newest first: the keys of their artifacts. */
  releases: z.array(z.object({ version: z.string(), artifacts: z.array(z.string()) })).default([]),
  /** Artifacts that may lie there, whole or in part, and are not in the record: their copying or their removal did not come to its end. */
  begun: z.array(z.string()).default([]),
  /** Repositories out of which something is to go. */
  untidy: z.array(z.string()).default([]),
  /** Those that were wanted when the record was written; empty: all. */
  platforms: z.array(z.string()).default([]),
  checkedAt: z.iso.datetime().nullable().default(null),
});

export type KeptState = z.infer<typeof schema>;

/** What the mirror remembers beside its record: which releases it keeps, and what of its work was begun. The lease's owner is its only writer. */
export type KeptReleases = {
  read(): Promise<KeptState>;
  /** Writes nothing when nothing changes. */
  change(edit: (state: KeptState) => KeptState): Promise<KeptState>;
};

const documentName = 'mirror-kept';

export function createKeptReleases(store: Store): KeptReleases {
  let known: { value: KeptState; revision: string | null } | null = null;
  const load = async (): Promise<{ value: KeptState; revision: string | null }> =>
    (known ??= (await store.get(documentName, schema)) ?? { value: schema.parse({}), revision: null });
  return {
    read: async () => (await load()).value,
    change: async (edit) => {
      const { value, revision } = await load();
      const next = edit(value);
      if (JSON.stringify(next) === JSON.stringify(value)) return value;
      known = null; // After a write that failed it is read anew.
      known = { value: next, revision: await store.put(documentName, next, revision) };
      return next;
    },
  };
}

export const keysOf = (release: Release): string[] => artifactsOf(release).map(keyOf).sort();

/** The history with this release at its front, at most `keep` long. */
export function withRelease(releases: KeptState['releases'], release: Release, keep: number): KeptState['releases'] {
  const artifacts = keysOf(release);
  const same = (each: { artifacts: string[] }): boolean => each.artifacts.join() === artifacts.join();
  return [{ version: release.version, artifacts }, ...releases.filter((each) => !same(each))].slice(0, keep);
}
