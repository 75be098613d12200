import type { Component } from '../../../contract/index.ts';
import type { ComponentRecord } from '../../components/record.ts';
import type { ObjectRef } from '../../kubernetes/index.ts';
import type { ComponentKind, Leftover, Look, Settled, Work } from '../component-kind.ts';
import type { Parts } from '../parts.ts';
import type { WatchTarget } from '../watch-target.ts';
import { helmKind } from './helm.ts';
import { jobKind } from './job.ts';
import { manifestsKind } from './manifests.ts';
import { terraformKind } from './terraform.ts';

/** A component together with what its kind does to it. */
type OfKind = { settle(work: Work): Promise<Settled>; look(look: Look): Promise<void> };

export function ofKind(component: Component): OfKind {
  if (component.kind === 'helm') return bind(helmKind, component);
  if (component.kind === 'manifests') return bind(manifestsKind, component);
  if (component.kind === 'job') return bind(jobKind, component);
  return bind(terraformKind, component);
}

function bind<C extends Component>(kind: ComponentKind<C>, component: C): OfKind {
  return { settle: (work) => kind.settle(work, component), look: (look) => kind.look(look, component) };
}

type WithoutComponent = Pick<ComponentKind<never>, 'remove' | 'watchTargets' | 'workloads'>;
const kinds: Record<ComponentRecord['kind'], WithoutComponent> = {
  helm: helmKind,
  terraform: terraformKind,
  manifests: manifestsKind,
  job: jobKind,
};

export function removeLeftover(work: Work, leftover: Leftover): Promise<'removed' | 'kept'> {
  return kinds[leftover.record.kind].remove(work, leftover);
}

export function watchTargetsOfKinds(parts: Parts): WatchTarget[] {
  return Object.values(kinds).flatMap((kind) => kind.watchTargets(parts));
}

export function workloadsOf(parts: Parts, record: ComponentRecord, signal: AbortSignal): Promise<ObjectRef[]> {
  return kinds[record.kind].workloads(parts, record, signal);
}
