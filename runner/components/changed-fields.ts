import { isDeepStrictEqual } from 'node:util';
import { LandfallError } from '../../contract/index.ts';
import { type KubeObject, type Kubernetes, refOf } from '../kubernetes/index.ts';

/** An object as it is, and which of its fields an apply would change, by JSON pointer. */
export type Changed = { live: KubeObject | null; fields: string[] };

/** From the API server's own answer to a dry run. Where it cannot tell (an admission webhook without dry runs), none. */
export async function changedFields(
  kubernetes: Kubernetes,
  object: KubeObject,
  fieldManager: string,
  signal: AbortSignal,
): Promise<Changed> {
  const live = await kubernetes.get(refOf(object), { signal });
  if (live === null) return { live, fields: ['/'] };
  try {
    const applied = await kubernetes.apply(object, { fieldManager, force: true, dryRun: true, signal });
    return { live, fields: differences(comparable(live), comparable(applied), '') };
  } catch (error) {
    const status = error instanceof LandfallError ? error.details['status'] : undefined;
    if (status === 400) return { live, fields: [] };
    // The object as it is wanted is not valid on top of what is there: that is a difference, too; applying it says which.
    if (status === 422) return { live, fields: ['/spec'] };
    throw error;
  }
}

function comparable(object: KubeObject): object {
  const { status: _, metadata, ...rest } = object;
  const { labels, annotations, finalizers } = metadata;
  return { ...rest, metadata: { labels, annotations, finalizers } };
}

const mostFields = 20;

function differences(a: unknown, b: unknown, path: string): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  const here = [path === '' ? '/' : path];
  // Lists of another length are another list; in one of the same length the items tell more.
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length || !a.every(isRecord) || !b.every(isRecord)) return here;
  } else if (!isRecord(a) || !isRecord(b)) return here;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const of = (value: object, name: string): unknown => Object.getOwnPropertyDescriptor(value, name)?.value;
  return names
    .flatMap((name) =>
      differences(of(a, name), of(b, name), `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    )
    .slice(0, mostFields);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
