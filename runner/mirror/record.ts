import { z } from 'zod';
import type { Artifact } from '../../contract/index.ts';
import type { Store } from '../ports.ts';

/** Which artifacts are wholly in the mirror, so that a pass that changes nothing asks no registry. */
export type MirrorRecord = {
  lacking(artifacts: readonly Artifact[]): Promise<Artifact[]>;
  add(artifacts: readonly Artifact[]): Promise<void>;
  /** It turned out not to be there after all. */
  remove(artifact: Artifact): Promise<void>;
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
    add: (artifacts) =>
      change((keys) => {
        for (const artifact of artifacts) keys.add(keyOf(artifact));
      }),
    remove: (artifact) => change((keys) => void keys.delete(keyOf(artifact))),
  };
}

const keyOf = (artifact: Artifact): string => `${artifact.repository}@${artifact.digest}`;
