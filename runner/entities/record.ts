import * as z from 'zod';
import { entitySchema } from '../../contract/index.ts';
import { componentRecordSchema } from '../components/record.ts';

const memberRecordSchema = z.object({
  /** Of the type's component; `cleanup` is the type's job for the end. */
  name: z.string().max(20),
  kind: z.enum(['manifests', 'job', 'helm', 'secret']),
  namespace: z.string().max(63),
  /** As a component's, of the same kind; null: nothing of it was begun. */
  component: componentRecordSchema.nullable(),
  /** Of a job: what it was run with, and for which generation. The same content again, after another, is another run. */
  run: z.object({ content: z.string(), generation: z.number() }).optional(),
  /** Of a secret: the copies that may be there. Two at most, while one takes the other's place. */
  copies: z
    .array(z.object({ namespace: z.string(), name: z.string() }))
    .max(4)
    .optional(),
});

/** What the runner remembers of an entity, in one document: what may be there because of it, in the order in which it was made. */
export const entityRecordSchema = entitySchema.extend({
  /** It is being taken away, and that is carried to its end whatever is wanted meanwhile. */
  removing: z.boolean(),
  /** Of all that it was made from, when that was begun; absent: not known. */
  of: z.string().optional(),
  members: z.array(memberRecordSchema).max(40),
});

export type EntityRecord = z.infer<typeof entityRecordSchema>;
export type MemberRecord = z.infer<typeof memberRecordSchema>;

/** The same record with one member added, or in another state; its place stays. */
export function withMember(record: EntityRecord, member: MemberRecord): EntityRecord {
  const there = record.members.some(({ name }) => name === member.name);
  const members = there
    ? record.members.map((each) => (each.name === member.name ? member : each))
    : [...record.members, member];
  return { ...record, members };
}

export function withoutMember(record: EntityRecord, name: string): EntityRecord {
  return { ...record, members: record.members.filter((each) => each.name !== name) };
}
