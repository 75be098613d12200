import type { HealthRules } from '../../../contract/index.ts';
import { debounce, type Health, type HealthParts, type Kept } from '../../health/index.ts';
import type { ObjectRef } from '../../kubernetes/index.ts';
import type { WatchTarget } from '../settle/watch-target.ts';

/** A component that is being kept, as it was seen last and as it is told. */
export type KeptComponent = {
  health: Kept;
  seen: Health;
  refs: readonly ObjectRef[];
  rules: HealthRules;
  /** Said as `Stalled`. */ exhausted: string | null;
};
/** By component. What is told anew after a restart is told at once. */
export type KeptComponents = Map<string, KeptComponent>;

/** What is to be told of it now. `isVoid`: something else was told of it meanwhile (it was repaired), and what is seen counts at once. */
export function noteKept(
  kept: KeptComponents,
  name: string,
  { refs, rules }: HealthParts,
  seen: Health,
  at: Date,
  isVoid: boolean,
): Health {
  const before = isVoid ? null : (kept.get(name)?.health ?? null);
  const health = debounce(before, seen, at.getTime(), rules);
  kept.set(name, {
    health,
    seen,
    refs,
    rules,
    exhausted: seen.state === 'healthy' ? null : (kept.get(name)?.exhausted ?? null),
  });
  return health.told;
}

/** When the time alone changes what is told; null: never. */
export function dueAt(kept: KeptComponents): Date | null {
  const times = [...kept.values()].flatMap(({ health }) => (health.until === null ? [] : [health.until]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** Pods say more of a component that is not healthy than its workloads do: on which nodes they are, and why they do not start. */
export function podTargets(kept: KeptComponents): WatchTarget[] {
  const unhealthy = [...kept.values()].filter(
    ({ seen, health }) => seen.state !== 'healthy' || health.told.state !== 'healthy',
  );
  const namespaces = unhealthy.flatMap(({ refs }) =>
    refs.filter(isWorkload).flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace])),
  );
  return [...new Set(namespaces)].map((namespace) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace,
    metadataOnly: true,
  }));
}

/** What makes pods that stay. */
export function isWorkload({ kind, apiVersion }: { kind: string; apiVersion: string }): boolean {
  return apiVersion === 'apps/v1' && ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind);
}
