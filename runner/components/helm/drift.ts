import type { HelmComponent } from '../../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../../kubernetes/index.ts';
import { changedFields } from '../changed-fields.ts';
import { isIgnored, rulesFor, withIgnored } from '../ignore-rules.ts';
import { inParallel } from '../in-parallel.ts';
import type { HelmObserved } from './observe.ts';

/** The name of Helm's own field manager: what the runner puts back stays Helm's. */
export const helmFieldManager = 'helm';

/** An object with fields that others have changed, by JSON pointer, and what is to be applied to put them back. */
export type Drifted = { object: KubeObject; live: KubeObject; fields: readonly string[] };

/** By uid what was found of an object, and in which version: what has not changed since is not asked for again. */
export type DriftCache = Map<string, { version: string; found: Drifted | null }>;

/** What others have changed of a deployed release, from server-side dry runs. Jobs and pods cannot be changed, so they are not looked at. */
export async function observeDrift(
  kubernetes: Kubernetes,
  cache: DriftCache,
  { history, lasting }: Pick<HelmObserved, 'history' | 'lasting'>,
  { mode, ignore }: HelmComponent['drift'],
  signal: AbortSignal,
): Promise<Drifted[]> {
  if (mode === 'off') return [];
  const revision = history.at(-1)?.revision ?? 0;
  const rulesKey = JSON.stringify(ignore);
  const found = await inParallel(lasting, async ({ object, live }): Promise<Drifted | null> => {
    const uid = live?.metadata.uid;
    if (live === null || uid === undefined || live.metadata.deletionTimestamp !== undefined) return null;
    const version = `${revision}/${live.metadata.resourceVersion ?? ''}/${rulesKey}`;
    const known = cache.get(uid);
    if (known?.version === version) return known.found;
    const rules = rulesFor(object, ignore);
    const changed = await changedFields(kubernetes, object, helmFieldManager, signal);
    const fields = changed.fields.filter((field) => !isIgnored(field, rules));
    const drifted =
      fields.length === 0 || changed.live === null
        ? null
        : { object: withIgnored(object, changed.live, rules), live: changed.live, fields };
    cache.set(uid, { version, found: drifted });
    return drifted;
  });
  return found.filter((each) => each !== null);
}

const mostNamed = 5;

/** Without these fields: they stay as they are. */
export function leaving({ object, live, fields }: Drifted, left: readonly string[]): Drifted {
  const rules = left.map((path) => ({ path }));
  return { object: withIgnored(object, live, rules), live, fields: fields.filter((field) => !left.includes(field)) };
}

/** Names of objects and fields; never a value. */
export function describeDrift(drifted: readonly Pick<Drifted, 'object' | 'fields'>[]): string {
  const named = drifted
    .slice(0, mostNamed)
    .map(({ object, fields }) => `${object.kind} ${object.metadata.name} (${fields.join(', ')})`);
  const more = drifted.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
