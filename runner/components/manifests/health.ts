import type { HealthParts } from '../../health/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import type { DesiredManifests } from './desired.ts';

/** What the health of a component of manifests is judged by: its own objects, and its rules. */
export function manifestsHealthParts(kubernetes: Kubernetes, desired: DesiredManifests): HealthParts {
  return { kubernetes, refs: desired.objects.map(({ ref }) => ref), rules: desired.component.health };
}
