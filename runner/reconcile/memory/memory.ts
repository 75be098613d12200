import * as z from 'zod';
import {
  digestSchema,
  instantSchema,
  jsonObjectSchema,
  releaseSchema,
  secretReferenceSchema,
  versionSchema,
} from '../../../contract/index.ts';
import { type ComponentRecord, componentRecordSchema } from '../../components/record.ts';
import type { EffectKind } from '../../effects/index.ts';
import type { Effects, Store } from '../../ports.ts';
import { type RemedyMemory, remedyMemorySchema } from '../../remedy/index.ts';
import { storedDocument, type StoredDocument } from './stored-document.ts';

/** What exactly is wanted: a release with these inputs. Both count: other inputs deserve another try. */
export const targetKeySchema = z.object({ version: versionSchema, digest: digestSchema, inputsDigest: digestSchema });

/** The release that was wholly applied and healthy, with all that is needed to keep it so without anybody else. */
export const lastGoodSchema = z.object({
  key: targetKeySchema,
  release: releaseSchema,
  inputs: jsonObjectSchema,
  secrets: z.record(z.string(), secretReferenceSchema),
  /** Terraform outputs as they were: a later, taken-back release may have changed them. */
  outputs: z.record(z.string(), jsonObjectSchema),
  at: instantSchema,
});

/** On the way from the last good release to another. Written before the first step, removed after the last. */
export const transitionSchema = z.object({
  to: targetKeySchema,
  direction: z.enum(['forward', 'back']),
  reason: z.string(),
  startedAt: instantSchema,
  /** It failed in a component whose vendor wants people to decide: nothing moves until they have. `digest` names this very failure. */
  held: z.object({ component: z.string(), reason: z.string(), digest: digestSchema, at: instantSchema }).optional(),
});

const deniedSchema = z.object({
  entries: z.array(z.object({ key: targetKeySchema, reason: z.string(), at: instantSchema })),
});

export type TargetKey = z.infer<typeof targetKeySchema>;
export type LastGood = z.infer<typeof lastGoodSchema>;
export type Transition = z.infer<typeof transitionSchema>;
export type Held = NonNullable<Transition['held']>;
export type Denied = z.infer<typeof deniedSchema>['entries'][number];

export type Memory = {
  lastGood: StoredDocument<LastGood>;
  transition: StoredDocument<Transition>;
  denied: StoredDocument<z.infer<typeof deniedSchema>>;
  component(name: string): StoredDocument<ComponentRecord>;
  remedies: StoredDocument<RemedyMemory>;
  componentNames(): Promise<string[]>;
};

/** Everything the reconciler remembers beside what the world shows. Each write is an effect. */
export function createMemory(store: Store, effects: Effects): Memory {
  const open = <T>(
    kind: EffectKind,
    name: string,
    schema: z.ZodType<T>,
    isThere?: (name: string) => Promise<boolean>,
  ): StoredDocument<T> => storedDocument({ store, effects, kind, name, schema, isThere });
  const components = new Map<string, StoredDocument<ComponentRecord>>();
  // Asked once, before the first is read: of a hundred new components none is asked for by name. Later ones are of this memory's making.
  let found: Promise<ReadonlySet<string>> | undefined;
  const isThere = async (name: string): Promise<boolean> => {
    found ??= store.list('component-').then((names) => new Set(names));
    try {
      return (await found).has(name);
    } catch (error) {
      found = undefined;
      throw error;
    }
  };
  return {
    lastGood: open('store-last-good', 'last-good', lastGoodSchema),
    transition: open('store-transition', 'transition', transitionSchema),
    denied: open('store-transition', 'denied', deniedSchema),
    component: (name) => {
      const known = components.get(name);
      if (known !== undefined) return known;
      const document = open('store-component', `component-${name}`, componentRecordSchema, isThere);
      components.set(name, document);
      return document;
    },
    remedies: open('store-component', 'remedies', remedyMemorySchema),
    componentNames: async () => (await store.list('component-')).map((name) => name.slice('component-'.length)),
  };
}

export function sameTarget(a: TargetKey | null | undefined, b: TargetKey | null | undefined): boolean {
  if (a == null || b == null) return false;
  return a.digest === b.digest && a.inputsDigest === b.inputsDigest;
}
