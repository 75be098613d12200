import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';

const textSchema = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const objectSchema = z.looseObject({
  apiVersion: z.string().catch(''),
  kind: z.string().catch(''),
  // Nothing but a text or nothing: what it is to Kubernetes could not be told.
  metadata: z
    .looseObject({ name: textSchema, namespace: textSchema })
    .nullish()
    .transform((metadata) => metadata ?? { name: '', namespace: '' }),
  spec: z.looseObject({ group: z.string().catch('') }).catch({ group: '' }),
  items: z.array(z.unknown()).catch([]),
});

export type NamedObject = z.infer<typeof objectSchema>;

/** By what a rendered object is judged; undefined where there is none. LF-RUNNER-007: its name or namespace is no text. */
export function namedObject(value: unknown): NamedObject | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const parsed = objectSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const what = parsed.error.issues[0]?.path.join('.') ?? 'metadata';
  throw new LandfallError('LF-RUNNER-007', `a rendered manifest cannot be judged: its ${what} is no text`);
}
