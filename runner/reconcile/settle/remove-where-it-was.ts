import type { Component } from '../../../contract/index.ts';
import type { ComponentRecord } from '../../components/record.ts';
import type { Work } from '../component-kind.ts';
import { removeLeftover } from '../kinds/index.ts';

/**
 * A chart that the release has in another namespace or under another name, or a component that is of another kind now, is another one: what was
 * there before goes first, with its account's rights there. Both at once would fight for names that are the cluster's.
 */
export async function removeWhereItWas(work: Work, component: Component): Promise<void> {
  const document = work.memory.component(component.name);
  const record = await document.read();
  if (record === null || !isElsewhere(component, record)) return;
  const why = `${component.name} is in another place in ${work.definition.key.version}`;
  await removeLeftover(work, { name: component.name, record, why });
  await document.remove('it is in another place now');
}

/** What a job has done is not undone. */
function isElsewhere(component: Component, { kind, helm }: ComponentRecord): boolean {
  if (kind !== component.kind) return kind !== 'job';
  if (component.kind !== 'helm' || helm === null || component.suspend) return false;
  return helm.namespace !== component.namespace || helm.releaseName !== component.releaseName;
}
