import type { Look } from '../component-kind.ts';
import { lastGoodDefinition } from '../definition.ts';
import { ofKind } from '../kinds/index.ts';
import type { LastGood } from '../memory/memory.ts';

/** While the runner is paused: how everything is, without touching anything. */
export async function look(at: Omit<Look, 'definition'>, lastGood: LastGood): Promise<void> {
  const definition = lastGoodDefinition(lastGood);
  for (const component of lastGood.release.components) await ofKind(component).look({ ...at, definition });
}
