import { componentNameSchema } from '../../contract/index.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { lastGoodDefinition, type Definition } from './definition.ts';
import { MustWait } from '../waits.ts';
import type { LastGood } from './memory.ts';
import type { Settled, Work } from './component-kind.ts';
import { removeLeftover } from './kinds/index.ts';
import { settleComponent } from './settle-component.ts';

type Base = Omit<Work, 'definition' | 'direction'>;

/** Everything of the release wanted, in dependency order; then what is not part of it any more goes. Throws ComponentFailed. */
export async function goForward(base: Base, definition: Definition): Promise<'done' | 'superseded'> {
  const { parts, memory, signals } = base;
  const work: Work = { ...base, definition, direction: 'forward' };
  for (const component of inDependencyOrder(definition.release.components)) {
    if (signals.superseded.aborted) return 'superseded';
    if ((await settleComponent(work, component)) === 'superseded') return 'superseded';
  }
  await removeOthers(work);
  const { key, release, inputs, secrets, outputs } = definition;
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
  const moved: string[] = [];
  for (const component of inDependencyOrder(lastGood.release.components).reverse()) {
    const settled = await settleComponent(work, component);
    if (settled === 'superseded') return { result: 'superseded', moved };
    if (settled === 'moved') moved.push(component.name);
  }
  await base.memory.transition.remove(`${lastGood.key.version} is in force again`);
  return { result: 'done', moved };
}

/** Puts back what is missing. Never waits for health: what changes wakes the next pass. */
export async function keep(base: Base, lastGood: LastGood): Promise<{ settled: Map<string, Settled> }> {
  const work: Work = { ...base, definition: lastGoodDefinition(lastGood), direction: 'keep' };
  const settled = new Map<string, Settled>();
  let waits: MustWait | null = null;
  for (const component of inDependencyOrder(lastGood.release.components)) {
    try {
      settled.set(component.name, await settleComponent(work, component));
    } catch (error) {
      // One that waits (the base layer) does not keep the others from being looked after.
      if (!(error instanceof MustWait)) throw error;
      waits ??= error;
    }
  }
  if (waits !== null) throw waits;
  return { settled };
}

/** Components that the definition does not have, last ones first; what stays in the world (Terraform's) stays in memory too. */
async function removeOthers(work: Work): Promise<void> {
  const { memory, definition, status } = work;
  const wanted: ReadonlySet<string> = new Set(definition.release.components.map((component): string => component.name));
  const others = (await memory.componentNames()).filter((name) => !wanted.has(name));
  for (const name of others.reverse()) {
    const document = memory.component(name);
    const record = await document.read();
    if (record === null) continue;
    const removed = await removeLeftover(work, { name: componentNameSchema.parse(name), record });
    if (removed === 'removed') await document.remove('it is not part of the release');
  }
  status.forget((name) => !wanted.has(name));
}
