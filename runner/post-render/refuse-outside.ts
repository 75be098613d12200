import { LandfallError } from '../../contract/index.ts';
import { isAllowedNamespace } from '../policy/index.ts';
import type { Rendered } from './edit-yaml.ts';
import { namedObject } from './named-object.ts';

/** Refuses (LF-RUNNER-130) rendered manifests, hooks included, that name a namespace the customer's policy does not allow. */
export function refuseOutside({ objects }: Rendered, patterns: readonly string[]): void {
  for (const object of objects) refuseObject(object, patterns);
}

function refuseObject(value: unknown, patterns: readonly string[]): void {
  const object = namedObject(value);
  if (object === undefined) return;
  const { kind, metadata, items } = object;
  // One that names none is in the release's own, which was judged before.
  const touched = kind === 'Namespace' ? metadata.name : metadata.namespace;
  if (touched !== '' && !isAllowedNamespace(touched, patterns)) {
    const message = `the chart's ${kind} ${metadata.name} is for the namespace ${touched}, which the customer's policy does not allow`;
    throw new LandfallError('LF-RUNNER-130', message);
  }
  for (const item of items) refuseObject(item, patterns);
}
