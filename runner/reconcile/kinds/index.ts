import type { Component } from '../../../contract/index.ts';
import { actAs, takeOtherRights, takeUsualRights, type Who, whoIs, whoWas } from '../../accounts/index.ts';
import type { ComponentRecord } from '../../components/record.ts';
import type { ObjectRef } from '../../kubernetes/index.ts';
import { waitForRights } from '../needs/require-rights.ts';
import type { ComponentKind, Leftover, Look, Settled, Work } from '../component-kind.ts';
import type { Parts } from '../parts.ts';
import type { WatchTarget } from '../settle/watch-target.ts';
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
  const who = whoIs(component);
  return {
    settle: (work) =>
      kind.settle({ ...work, parts: partsAs(work.parts, who) }, component).catch((error: unknown) => {
        throw waitForRights(work, error);
      }),
    look: (look) => kind.look(look, component),
  };
}

/** Whatever is done to a component is done with the rights of the component's account. Once is enough: the account gives no rights. */
export function partsAs(parts: Parts, who: Who | null): Parts {
  const { accounts } = parts;
  if (accounts === undefined || who === null) return parts;
  const leaveOthers = (signal: AbortSignal): Promise<void> => takeOtherRights(parts, who, signal);
  return { ...parts, ...actAs({ ...parts, accounts }, who), leaveOthers, accounts: undefined };
}

type WithoutComponent = Pick<ComponentKind<never>, 'remove' | 'watchTargets' | 'workloads'>;
const kinds: Record<ComponentRecord['kind'], WithoutComponent> = {
  helm: helmKind,
  terraform: terraformKind,
  manifests: manifestsKind,
  job: jobKind,
};

export async function removeLeftover(work: Work, leftover: Leftover): Promise<'removed' | 'kept'> {
  const { name, record } = leftover;
  const { parts, signals } = work;
  const who = whoWas(name, record);
  const result = await kinds[record.kind].remove({ ...work, parts: partsAs(parts, who) }, leftover);
  // Also of a job, which is only remembered: nothing is done as it any more.
  if (parts.accounts !== undefined && who !== null) await takeUsualRights(parts, name, signals.stop);
  return result;
}

/** For what is done to a component beside settling it: its parts, by what is remembered of it. */
export function partsOf(parts: Parts, component: string, record: ComponentRecord): Parts {
  return partsAs(parts, whoWas(component, record));
}

export function watchTargetsOfKinds(parts: Parts): WatchTarget[] {
  return Object.values(kinds).flatMap((kind) => kind.watchTargets(parts));
}

export function workloadsOf(parts: Parts, record: ComponentRecord, signal: AbortSignal): Promise<ObjectRef[]> {
  return kinds[record.kind].workloads(parts, record, signal);
}
