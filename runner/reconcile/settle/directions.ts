import type { Component } from '../../../contract/index.ts';
import { MustWait } from '../../waits.ts';
import type { Settled, Work } from '../component-kind.ts';
import { type Definition, lastGoodDefinition } from '../definition.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { ComponentFailed } from '../stance/failure.ts';
import type { LastGood } from '../memory/memory.ts';
import { removeOthers } from './remove-others.ts';
import { narrowed, type Order, usualWidth } from './schedule.ts';
import { settleAll } from './settle-all.ts';
import { settleComponent } from './settle-component.ts';

type Base = Omit<Work, 'definition' | 'direction'>;

/** Everything of the release wanted, in dependency order; then what is not part of it any more goes. Throws ComponentFailed. */
export async function goForward(base: Base, definition: Definition): Promise<'done' | 'superseded'> {
  const { parts, memory, signals } = base;
  const work: Work = { ...base, definition, direction: 'forward' };
  const components = inDependencyOrder(definition.release.components);
  const settled = await settle(work, components, 'dependencies-first', () => true);
  if (!isWhole(components, settled)) return 'superseded';
  await removeOthers(work);
  signals.stop.throwIfAborted();
  const { key, release, inputs, references: secrets, outputs } = definition;
  const at = parts.clock.now().toISOString();
  await memory.lastGood.write({ key, release, inputs, secrets, outputs, at }, `${key.version} is wholly applied`);
  await memory.transition.remove(`${key.version} is reached`);
  return 'done';
}

export type BackResult = { result: 'done' | 'superseded'; moved: string[] };

/** What the release taken back has added goes, then every component returns to the last good release, in reverse order. */
export async function goBack(base: Base, lastGood: LastGood): Promise<BackResult> {
  const work: Work = { ...base, definition: lastGoodDefinition(lastGood), direction: 'back' };
  await removeOthers(work);
  const components = inDependencyOrder(lastGood.release.components);
  const settled = await settle(work, components, 'dependents-first', () => true);
  const moved = components.map(({ name }): string => name).filter((name) => settled.get(name) === 'moved');
  if (!isWhole(components, settled)) return { result: 'superseded', moved };
  await base.memory.transition.remove(`${lastGood.key.version} is in force again`);
  return { result: 'done', moved };
}

/** Puts back what is missing. Never waits for health: what changes wakes the next pass. */
export async function keep(base: Base, lastGood: LastGood): Promise<{ settled: Map<string, Settled> }> {
  const work: Work = { ...base, definition: lastGoodDefinition(lastGood), direction: 'keep' };
  const components = inDependencyOrder(lastGood.release.components);
  // One that waits (the base layer) or cannot be mended does not keep the others from being looked after.
  const stops = (error: unknown): boolean => !(error instanceof MustWait || error instanceof ComponentFailed);
  return { settled: await settle(work, components, 'dependencies-first', stops) };
}

function settle(
  work: Work,
  components: readonly Component[],
  order: Order,
  stops: (error: unknown) => boolean,
): Promise<Map<string, Settled>> {
  const { parts, signals } = work;
  return settleAll({
    components,
    order,
    width: narrowed(parts.width ?? usualWidth, parts.policy.current().maxDisruption),
    signals,
    settle: (component, inner) => settleComponent({ ...work, signals: inner }, component),
    stops,
  });
}

function isWhole(components: readonly Component[], settled: ReadonlyMap<string, Settled>): boolean {
  return components.every(({ name }) => (settled.get(name) ?? 'superseded') !== 'superseded');
}
