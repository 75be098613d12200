import type { HelmComponent } from '../../../contract/index.ts';
import type { HealthParts } from '../../health/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import { helmObjects, type HelmObserved, refsOf } from './observe.ts';

/** What the health of a Helm component is judged by: the workloads of its newest revision, and its rules. */
export function helmHealthParts(kubernetes: Kubernetes, component: HelmComponent, observed: HelmObserved): HealthParts {
  return { kubernetes, refs: refsOf(observed), rules: component.health, watched: helmObjects };
}
