import { type Clock, LandfallError } from '../../../contract/index.ts';
import { healthOf, waitUntil } from '../../health/index.ts';
import { isNotThere, type Kubernetes, type ObjectRef } from '../../kubernetes/index.ts';
import type { Effects } from '../../ports.ts';
import { inParallel } from '../in-parallel.ts';
import type { DesiredManifests } from './desired.ts';
import { fieldManager, refOfId, stageOf } from './identity.ts';
import { getMetadata, type LiveCache, nameOfId, stateOfLeftover } from './observe.ts';

export type ManifestsParts = { kubernetes: Kubernetes; effects: Effects; clock: Clock };

/** Applies the objects named, stage by stage; definitions are served before the next stage begins. */
export async function applyManifests(
  parts: ManifestsParts,
  cache: LiveCache,
  desired: DesiredManifests,
  ids: readonly string[],
  why: string,
  signal: AbortSignal,
): Promise<void> {
  const { component } = desired;
  const named = new Set(ids);
  const objects = desired.objects.filter(({ id }) => named.has(id));
  const stages = [...new Set(objects.map(({ ref }) => stageOf(ref)))].sort((a, b) => a - b);
  for (const stage of stages) {
    const members = objects.filter(({ ref }) => stageOf(ref) === stage);
    await requireKinds(parts, members, component.name, signal);
    const about = { target: component.name, intent: `${members.length} objects, stage ${stage}: ${why}` };
    await parts.effects.run('manifests-apply', about, (context) =>
      inParallel(members, async ({ id, ref, object, partly }) => {
        const force = component.conflicts === 'overwrite';
        const options = { fieldManager, force, signal: context.signal };
        const applied = await parts.kubernetes.apply(object, options).catch((error: unknown) => {
          throw refusalOf(error, ref, component.name);
        });
        if (partly !== true) cache.set(id, applied.metadata.resourceVersion ?? '');
      }),
    );
    const definitions = members.filter(({ ref }) => ref.kind === 'CustomResourceDefinition').map(({ ref }) => ref);
    await awaitDefinitions(parts, definitions, component.name, component.health.timeoutSeconds * 1000, signal);
  }
}

/** Deletes exactly the objects that were looked at: one that was changed or taken over meanwhile stays. */
export async function pruneManifests(
  { kubernetes, effects }: ManifestsParts,
  component: string,
  ids: readonly string[],
  why: string,
): Promise<void> {
  const intent = `delete ${ids.map(nameOfId).join(', ')}: ${why}`;
  await effects.run('manifests-prune', { target: component, intent }, (context) =>
    inParallel(ids, async (id) => {
      const ref = refOfId(id);
      const live = await getMetadata(kubernetes, ref, context.signal);
      if (live === null || stateOfLeftover(live, component, ref) !== 'ours') return;
      const { uid, resourceVersion } = live.metadata;
      await kubernetes.delete(ref, { uid, resourceVersion, signal: context.signal });
    }),
  );
}

/** Throws LF-RUNNER-104 (temporary) when objects that are going away are still there after the time. */
export async function awaitGone(
  parts: ManifestsParts,
  component: string,
  ids: readonly string[],
  timeoutMs: number,
  stop: AbortSignal,
): Promise<void> {
  let left: { id: string; finalizers: unknown }[] = [];
  const look = async (signal: AbortSignal): Promise<true | null> => {
    const live = await inParallel(ids, async (id) => {
      const object = await getMetadata(parts.kubernetes, refOfId(id), signal);
      return object?.metadata.deletionTimestamp === undefined
        ? []
        : [{ id, finalizers: object.metadata['finalizers'] }];
    });
    left = live.flat();
    return left.length === 0 ? true : null;
  };
  const targets = typesOf(ids.map(refOfId)).map((type) => ({ ...type, metadataOnly: true }));
  const ended = await waitUntil({ ...parts, targets, timeoutMs, stop }, look);
  if (typeof ended === 'object') return;
  const names = left.map(({ id, finalizers }) => `${nameOfId(id)} (${JSON.stringify(finalizers ?? [])})`);
  throw new LandfallError(
    'LF-RUNNER-104',
    `${component}: still being deleted, waiting for their finalizers: ${names.slice(0, 10).join(', ')}`,
    { temporary: true },
  );
}

/** Throws LF-RUNNER-106 when definitions are not established in time. */
export async function awaitDefinitions(
  parts: Pick<ManifestsParts, 'kubernetes' | 'clock'>,
  definitions: readonly ObjectRef[],
  component: string,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<void> {
  if (definitions.length === 0) return;
  const look = async (signal: AbortSignal): Promise<true | null> => {
    const live = await inParallel(definitions, (ref) => parts.kubernetes.get(ref, { signal }));
    return live.every((object) => object !== null && healthOf(object).state === 'healthy') ? true : null;
  };
  const ended = await waitUntil({ ...parts, targets: typesOf(definitions), timeoutMs, stop }, look);
  if (typeof ended === 'object') return;
  const names = definitions.map(({ name }) => name).join(', ');
  throw new LandfallError('LF-RUNNER-106', `${component}: the definitions ${names} are not all established`);
}

/** How long a kind may stay unknown to the API server after its definition is established, in milliseconds. */
const servedWithinMs = 30_000;
const firstPauseMs = 50;

/** A definition that is established is served a moment later; nothing can be watched for that. */
export async function requireKinds(
  { kubernetes, clock }: Pick<ManifestsParts, 'kubernetes' | 'clock'>,
  objects: readonly { ref: ObjectRef }[],
  component: string,
  signal: AbortSignal,
): Promise<void> {
  for (const type of typesOf(objects.map(({ ref }) => ref))) {
    let waited = 0;
    for (let pause = firstPauseMs; !(await isKnown(kubernetes, type)); pause = Math.min(2 * pause, 2_000)) {
      if (waited >= servedWithinMs) {
        const message = `${component}: the cluster knows no kind ${type.kind} in ${type.apiVersion}`;
        throw new LandfallError('LF-RUNNER-103', message);
      }
      await clock.sleep(pause, signal);
      waited += pause;
    }
  }
}

async function isKnown(kubernetes: Kubernetes, type: { apiVersion: string; kind: string }): Promise<boolean> {
  try {
    await kubernetes.isNamespaced(type);
    return true;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
}

/**
 * What the API server will not take, it will not take later either: the release is at fault (LF-RUNNER-105). Anything else stays what it is.
 * A value that it finds wrong may be an input's: it is not told on.
 */
function refusalOf(error: unknown, ref: ObjectRef, component: string): unknown {
  if (!(error instanceof LandfallError) || error.code !== 'LF-RUNNER-001' || error.temporary) return error;
  // A namespace that goes away will be there again; two who create the same object at once will find it the next time.
  const passes = error.message.includes('being terminated');
  const raced = error.details['status'] === 409 && !error.message.includes('Apply failed with');
  if (passes || raced) return new LandfallError('LF-RUNNER-001', error.message, { cause: error, temporary: true });
  const why = error.message.replaceAll(
    /(Invalid|Unsupported|Duplicate) value: (?:"(?:[^"\\]|\\.)*"|[^\s:,]+)/g,
    '$1 value',
  );
  const message = `${component}: ${ref.kind} ${ref.name} was refused: ${why}`;
  return new LandfallError('LF-RUNNER-105', message, { details: error.details });
}

function typesOf(refs: readonly ObjectRef[]): { apiVersion: string; kind: string; namespace: string | undefined }[] {
  const types = refs.map(({ apiVersion, kind, namespace }) => ({ apiVersion, kind, namespace }));
  return [...new Map(types.map((type) => [JSON.stringify(type), type])).values()];
}
