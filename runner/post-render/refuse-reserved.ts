import { LandfallError } from '../../contract/index.ts';
import { isReservedNamespace } from '../policy/index.ts';
import type { Rendered } from './edit-yaml.ts';
import { namedObject } from './named-object.ts';

/** `landfall.dev` and everything below it. */
const ownGroup = /(?:^|\.)landfall\.dev$/;

/**
 * Refuses (LF-RUNNER-071) rendered manifests, hooks included, that reach into the runner's own namespace, into Kubernetes' own, or for the
 * kinds by which the customer limits the runner. The runner's rights would suffice for it, and so would they for taking over the runner.
 */
export function refuseReserved({ objects }: Rendered, ownNamespace: string): void {
  for (const object of objects) refuseObject(object, ownNamespace);
}

function refuseObject(value: unknown, own: string): void {
  const object = namedObject(value);
  if (object === undefined) return;
  const { apiVersion, kind, metadata, spec, items } = object;
  const refuse = (why: string): never => {
    throw new LandfallError('LF-RUNNER-071', `the chart's ${kind} ${metadata.name} ${why}`);
  };
  if (isReservedNamespace(metadata.namespace, own)) refuse(`is in the namespace ${metadata.namespace}`);
  if (kind === 'Namespace' && isReservedNamespace(metadata.name, own)) refuse('is not one of its own');
  if (ownGroup.test(apiVersion.split('/')[0] ?? '')) refuse(`is of ${apiVersion}`);
  const defines =
    kind === 'CustomResourceDefinition' && [spec.group, metadata.name].some((name) => ownGroup.test(name));
  if (defines) refuse('belongs to the runner');
  for (const item of items) refuseObject(item, own);
}
