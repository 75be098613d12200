import type { HealthParts } from '../../health/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import { ourObjects } from '../marks.ts';
import type { DesiredManifests } from './desired.ts';

/** What the health of a component of manifests is judged by: its own objects, and its rules. */
export function manifestsHealthParts(kubernetes: Kubernetes, desired: DesiredManifests): HealthParts {
  const refs = desired.objects.map(({ ref }) => ref);
  return { kubernetes, refs, rules: desired.component.health, watched: ourObjects };
}
