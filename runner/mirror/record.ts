import * as z from 'zod';
import { type Artifact, type Digest, digestSchema } from '../../contract/index.ts';
import type { Store } from '../ports.ts';

/** Which artifacts are wholly in the mirror, so that a pass that changes nothing asks no registry. */
export type MirrorRecord = {
  lacking(artifacts: readonly Artifact[]): Promise<Artifact[]>;
  /** All of it, as keys. */
  keys(): Promise<ReadonlySet<string>>;
  add(artifacts: readonly Artifact[]): Promise<void>;
  /** They turned out not to be there after all, or are about to go. */
  remove(keys: readonly string[]): Promise<void>;
};

const schema = z.object({ complete: z.array(z.string()) });
const documentName = 'mirror';
/** Enough for many releases; each entry has about 120 characters. */
const longest = 3000;

export function createMirrorRecord(store: Store): MirrorRecord {
  let known: Set<string> | null = null;
  const load = async (): Promise<Set<string>> => {
    known ??= new Set((await store.get(documentName, schema))?.value.complete);
    return known;
  };
  const change = async (edit: (keys: Set<string>) => void): Promise<void> => {
    const stored = await store.get(documentName, schema);
    const keys = new Set(stored?.value.complete);
    edit(keys);
    await store.put(documentName, { complete: [...keys].slice(-longest) }, stored?.revision ?? null);
    known = keys;
  };
  return {
    lacking: async (artifacts) => {
      const there = await load();
      return artifacts.filter((artifact) => !there.has(keyOf(artifact)));
    },
    keys: load,
    add: (artifacts) =>
      change((keys) => {
        for (const artifact of artifacts) keys.add(keyOf(artifact));
      }),
    remove: (gone) =>
      change((keys) => {
        for (const key of gone) keys.delete(key);
      }),
  };
}

/** `repository@digest`, without the prefix of the install. */
export const keyOf = (artifact: Pick<Artifact, 'repository' | 'digest'>): string =>
  `${artifact.repository}@${artifact.digest}`;

export function fromKey(key: string): { repository: string; digest: Digest } {
  const at = key.lastIndexOf('@');
  return { repository: key.slice(0, at), digest: digestSchema.parse(key.slice(at + 1)) };
}
