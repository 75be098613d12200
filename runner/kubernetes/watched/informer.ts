import { type KubeObject, type Kubernetes, type Observation, statusOf } from '../types.ts';
import { createSeen, type Seen } from './seen.ts';
import { matchesTerms, type Selection, termsOf } from './selection.ts';

/** One shared watch and what it has seen. */
export type Informer = {
  readonly selection: Selection;
  readonly seen: Seen;
  /** Whether it knows everything it selects, up to the last moments. */
  live(): boolean;
  /** Resolves when it is live, or has found that it cannot be for now. */
  settled(signal: AbortSignal | undefined): Promise<void>;
  /** The API server does not let this process see it. */
  refused(): boolean;
  /** Everything it is told from now on, beginning with what it knows. Returns how to end that. */
  follow(push: (seen: Observation) => void): () => void;
  followers(): number;
  end(): void;
};

/** Above this many objects a watch only rings; what it is asked goes to the API server: memory has a bound. */
const mostObjects = 20_000;
/** What nobody here reads, and what takes most of the room. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export function startInformer(
  kubernetes: Pick<Kubernetes, 'observe'>,
  selection: Selection,
  most = mostObjects,
): Informer {
  const over = new AbortController();
  const terms = termsOf(selection.labelSelector) ?? [];
  const seen = createSeen((object) => matchesTerms(object, terms), !selection.metadataOnly);
  const followers = new Set<(seen: Observation) => void>();
  let state: 'starting' | 'live' | 'away' | 'refused' = 'starting';
  let tooMany = false;
  let settle: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const onBroken = (error: unknown): void => {
    state = statusOf(error) === 403 ? 'refused' : 'away';
    settle();
  };
  const take = (told: Observation): void => {
    if (told.type === 'listed') tooMany = told.objects.length > most;
    if (tooMany) seen.observe({ type: 'listed', objects: [] });
    else seen.observe(told);
    if (told.type === 'listed') {
      state = 'live';
      settle();
    }
    for (const push of followers) push(told);
  };
  const run = async (): Promise<void> => {
    for await (const told of kubernetes.observe({ ...selection, onBroken }, over.signal)) {
      take(lean(told, selection.metadataOnly));
    }
  };
  void run().catch(onBroken);
  return {
    selection,
    seen,
    live: () => state === 'live' && !tooMany,
    settled: (signal) => (state === 'starting' ? orAborted(first, signal) : Promise.resolve()),
    refused: () => state === 'refused',
    follow: (push) => {
      followers.add(push);
      if (state === 'live') push({ type: 'listed', objects: tooMany ? [] : listOf(seen) });
      return () => void followers.delete(push);
    },
    followers: () => followers.size,
    end: () => {
      over.abort();
      settle();
    },
  };
}

function listOf(seen: Seen): KubeObject[] {
  const all = seen.list(undefined, []);
  return all === 'behind' ? [] : all;
}

function lean(told: Observation, metadataOnly: boolean): Observation {
  if (told.type === 'listed')
    return { ...told, objects: told.objects.map((object) => leanObject(object, metadataOnly)) };
  return { ...told, event: { ...told.event, object: leanObject(told.event.object, metadataOnly) } };
}

function leanObject(object: KubeObject, metadataOnly: boolean): KubeObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  const { apiVersion, kind } = object;
  if (annotations === undefined) return metadataOnly ? { apiVersion, kind, metadata } : { ...object, metadata };
  const { [lastApplied]: __, ...others } = annotations;
  const kept = { ...metadata, annotations: others };
  return metadataOnly ? { apiVersion, kind, metadata: kept } : { ...object, metadata: kept };
}

function orAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  const over = new AbortController();
  const aborted = new Promise<void>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
  });
  return Promise.race([promise, aborted]).finally(() => over.abort());
}
