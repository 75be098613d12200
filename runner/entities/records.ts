import { entityKey, type EntityReference, LandfallError } from '../../contract/index.ts';
import { inParallel } from '../components/in-parallel.ts';
import type { Effects, Store } from '../ports.ts';
import { storedDocument, type StoredDocument } from '../reconcile/memory/stored-document.ts';
import { nameOfEntity } from './names.ts';
import { type EntityRecord, entityRecordSchema } from './record.ts';

export type EntityDocument = StoredDocument<EntityRecord>;

const prefix = 'entity-';

/** One document per entity that has anything in the cluster. */
export type EntityRecords = {
  /** Every record that is kept; read once, when the runner begins. */
  load(): Promise<EntityRecord[]>;
  of(entity: EntityReference): EntityDocument;
};

export function createEntityRecords(store: Store, effects: Effects): EntityRecords {
  const documents = new Map<string, EntityDocument>();
  const open = (name: string): EntityDocument =>
    storedDocument({ store, effects, kind: 'entity-record', name, schema: entityRecordSchema });
  return {
    load: async () => {
      const names = await store.list(prefix);
      const found = await inParallel(names, async (name) => {
        const document = open(name);
        const record = await document.read().catch((error: unknown) => {
          // One that cannot be read is the trouble of its own entity, which will meet it again.
          if (error instanceof LandfallError && !error.temporary) return null;
          throw error;
        });
        if (record !== null) documents.set(entityKey(record), document);
        return record;
      });
      return found.filter((record) => record !== null);
    },
    of: (entity) => {
      const key = entityKey(entity);
      const document = documents.get(key) ?? open(`${prefix}${nameOfEntity(entity)}`);
      documents.set(key, document);
      return document;
    },
  };
}
