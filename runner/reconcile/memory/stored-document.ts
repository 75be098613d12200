import type { z } from 'zod';
import { canonicalJson, jsonSchema } from '../../../contract/index.ts';
import type { EffectKind } from '../../effects/index.ts';
import type { Effects, Store } from '../../ports.ts';

/** One document of the store, read once: the lease's owner is its only writer. After a failed write it is read anew. */
export type StoredDocument<T> = {
  read(): Promise<T | null>;
  write(value: T, intent: string): Promise<void>;
  remove(intent: string): Promise<void>;
};

export function storedDocument<T>(options: {
  store: Store;
  effects: Effects;
  kind: EffectKind;
  name: string;
  schema: z.ZodType<T>;
  /** Whether the store had it when this memory began. Absent: it is asked for. */
  isThere?: ((name: string) => Promise<boolean>) | undefined;
}): StoredDocument<T> {
  const { store, effects, kind, name } = options;
  let first = true;
  let known: { value: T; revision: string } | null | undefined;
  const load = async (): Promise<{ value: T; revision: string } | null> => {
    // Also that it is not there is known once it was asked.
    if (known === undefined) {
      const absent = first && options.isThere !== undefined && !(await options.isThere(name));
      known = absent ? null : await store.get(name, options.schema);
    }
    first = false;
    return known;
  };
  const change = async (intent: string, fn: () => Promise<{ value: T; revision: string } | null>): Promise<void> => {
    try {
      known = await effects.run(kind, { target: name, intent }, fn);
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
  return {
    read: async () => (await load())?.value ?? null,
    write: async (value, intent) => {
      const current = await load();
      const json = jsonSchema.parse(JSON.parse(canonicalJson(value)));
      if (current !== null && canonicalJson(current.value) === canonicalJson(value)) return;
      await change(intent, async () => ({ value, revision: await store.put(name, json, current?.revision ?? null) }));
    },
    remove: async (intent) => {
      if ((await load()) === null) return;
      await change(intent, async () => {
        await store.delete(name);
        return null;
      });
    },
  };
}
