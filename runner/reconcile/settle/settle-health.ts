import type { Component } from '../../../contract/index.ts';
import { awaitHealthy, type Health, type HealthParts, lookAtHealth } from '../../health/index.ts';
import type { Settled, Work } from '../component-kind.ts';
import { ComponentFailed } from '../stance/failure.ts';
import { type KeptComponents, noteKept } from '../memory/kept.ts';
import { type Facts, isFalse, isTrue, type StatusKeeper } from '../told/status.ts';

const running = { Ready: isTrue('Healthy', 'all of its workloads are ready') };

/** How often something deleted while its health was awaited is put back; more would be somebody working against us. */
const mostRepairs = 3;

/**
 * After a component is applied: waits until it is healthy, or (only being kept) takes one look, and tells it once it has held. `missing`: somebody deleted what was applied,
 * and it must be put back, which has been done `repairs` times. Throws ComponentFailed when it has failed or its time is over.
 */
export async function settleHealth(
  work: Work,
  component: Component,
  health: HealthParts,
  repairs: number,
  /** Told with whatever its health is. */
  besides: Facts = {},
  /** What is missing and stays so, whatever the health of the rest is; null: nothing. */
  gone: string | null = null,
): Promise<Settled | 'missing'> {
  const { parts, status, definition, direction, signals } = work;
  const { version } = definition.key;
  if (direction === 'keep') {
    const looked = await lookAtHealth(health, signals.stop);
    const isGone = looked.state === 'healthy' && gone !== null;
    const seen: Health = isGone ? { state: 'progressing', message: gone, missing: true } : looked;
    const isVoid = status.stateOf(component.name) !== 'Running' && told(parts.kept, component) === 'healthy';
    const now = noteKept(parts.kept, component.name, health, seen, parts.clock.now(), isVoid);
    const exhausted = parts.kept.get(component.name)?.exhausted ?? null;
    const stalled: Facts = exhausted === null ? {} : { Stalled: isTrue('RemedyExhausted', exhausted) };
    tellHealth(status, component, now, version, { ...besides, ...stalled });
    if (now.state === 'healthy') return 'settled';
    return now.state === 'degraded' ? 'degraded' : 'unhealthy';
  }
  parts.kept.delete(component.name);
  const outcome = await awaitHealthy({
    ...health,
    clock: parts.clock,
    stop: signals.stop,
    superseded: signals.superseded,
    onProgress: (message) => {
      const facts = { Ready: isFalse('Progressing', message), Reconciling: isTrue('WaitingForHealth', message) };
      status.component(component, 'Provisioned', facts, version);
    },
  });
  if (outcome.outcome === 'superseded') return 'superseded';
  if (outcome.outcome === 'missing' && repairs < mostRepairs) return 'missing';
  if (outcome.outcome !== 'healthy') {
    throw new ComponentFailed(component.name, 'HealthFailed', `${component.name}: ${outcome.message}`);
  }
  noteKept(parts.kept, component.name, health, { state: 'healthy' }, parts.clock.now(), true);
  status.component(component, 'Running', { ...running, ...besides }, version);
  return 'settled';
}

export function tellHealth(
  status: StatusKeeper,
  component: Component,
  health: Health,
  version: string,
  besides: Facts = {},
): void {
  if (health.state === 'healthy') return status.component(component, 'Running', { ...running, ...besides }, version);
  const state = health.state === 'failed' ? 'Error' : 'Provisioned';
  status.component(component, state, { Ready: isFalse(reasons[health.state], health.message), ...besides }, version);
}

const reasons = { failed: 'HealthFailed', progressing: 'Progressing', degraded: 'Degraded' } as const;

function told(kept: KeptComponents, { name }: Component): Health['state'] | undefined {
  return kept.get(name)?.health.told.state;
}
