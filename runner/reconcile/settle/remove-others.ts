import { componentNameSchema } from '../../../contract/index.ts';
import type { Work } from '../component-kind.ts';
import { removeLeftover } from '../kinds/index.ts';

/** Components that the definition does not have, last ones first; what stays in the world (Terraform's) stays in memory too. */
export async function removeOthers(work: Work): Promise<void> {
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
