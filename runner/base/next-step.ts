import type { TofuResourceChange } from '../../engines/index.ts';
import { planChange, type PlanChange } from '../components/terraform/plan-change.ts';

/** What the whole plan wants, and where the runner is. */
export type BaseFacts = {
  /** Updates that AWS is carrying out now, in words. */
  updates: readonly string[];
  /** Of the plan without targets; its saved file is what `apply-all` applies. */
  changes: readonly TofuResourceChange[];
  /** Something besides resources changes: outputs. */
  changed: boolean;
  /** The group the runner runs on; null: none, or not known. */
  ownGroup: string | null;
  /** Every node group that is there. */
  groups: readonly string[];
  /** This runner was started to be away from its group for this upgrade. Is it there all the same, there is no room elsewhere. */
  hasMoved: boolean;
};

export type BaseStep =
  | { kind: 'done' }
  /** AWS is at work: nothing else is begun, and nothing is tried again. */
  | { kind: 'wait'; message: string }
  /** The runner asks to be placed elsewhere; the next one goes on. */
  | { kind: 'move-away'; from: string }
  | { kind: 'apply-all' }
  /** `nodeGroup`: the one group that this may change. */
  | { kind: 'apply-targets'; what: string; targets: string[]; nodeGroup: string | null };

/**
 * The order of an upgrade: control plane and network first, then one node group after the other, the runner's own last and with the runner
 * away from it, then what is left (add-ons follow the nodes, as AWS's guide has it). Pure: each step looks at the world anew, so a kill between
 * two steps only means that the question is asked again.
 */
export function nextBaseStep(facts: BaseFacts): BaseStep {
  if (facts.updates.length > 0) return { kind: 'wait', message: facts.updates.join('; ') };
  if (!facts.changed) return { kind: 'done' };
  const changes = facts.changes
    .filter((resource) => resource.mode === 'managed')
    .map(planChange)
    .filter((change) => change.verb !== 'none');
  const rolling = changes.filter(rolls).sort((a, b) => (a.address < b.address ? -1 : 1));
  if (rolling.length === 0) return { kind: 'apply-all' };

  const first = changes.filter((change) => comesFirst(change)).map(({ address }) => address);
  if (first.length > 0) {
    return { kind: 'apply-targets', what: 'control plane and network', targets: first.sort(), nodeGroup: null };
  }
  const next = rolling.find((change) => groupOf(change) !== facts.ownGroup) ?? rolling[0];
  if (next === undefined) return { kind: 'apply-all' };
  const group = groupOf(next);
  const elsewhere = facts.groups.some((name) => name !== group);
  if (group !== null && group === facts.ownGroup && elsewhere && !facts.hasMoved) {
    return { kind: 'move-away', from: group };
  }
  const what = `node group ${group ?? next.address}`;
  return { kind: 'apply-targets', what, targets: [next.address], nodeGroup: next.address };
}

/** Addresses of node groups that a plan changes and the step does not mean: dependencies have dragged them in. */
export function strayGroups(
  step: Extract<BaseStep, { kind: 'apply-targets' }>,
  changes: readonly TofuResourceChange[],
): string[] {
  return changes
    .map(planChange)
    .filter((change) => rolls(change) && change.address !== step.nodeGroup)
    .map(({ address }) => address);
}

export type VersionMove = { from: string; to: string };

/** EKS goes up one minor version at a time, and never down; null when this plan asks for nothing else. */
export function forbiddenVersionMove(changes: readonly TofuResourceChange[]): VersionMove | null {
  for (const resource of changes) {
    if (resource.type !== 'aws_eks_cluster') continue;
    const change = planChange(resource);
    if (change.verb !== 'update') continue;
    const [from, to] = [change.before('version'), change.after('version')];
    if (typeof from !== 'string' || typeof to !== 'string' || from === to) continue;
    const [before, after] = [minorOf(from), minorOf(to)];
    if (after !== before + 1) return { from, to };
  }
  return null;
}

function minorOf(version: string): number {
  return Number(/^1\.(\d+)$/.exec(version)?.[1] ?? Number.NaN);
}

/** Nodes are exchanged: an update or a replacement. A new group takes nothing away, and one that goes is the last thing. */
function rolls(change: PlanChange): boolean {
  return change.type === 'aws_eks_node_group' && (change.verb === 'update' || change.verb === 'replace');
}

function comesFirst(change: PlanChange): boolean {
  if (change.type === 'aws_eks_node_group') return change.verb === 'create';
  // A launch template comes with its group; an add-on may depend on the nodes, and would drag them in.
  return change.type !== 'aws_launch_template' && change.type !== 'aws_eks_addon' && change.verb !== 'delete';
}

function groupOf(change: PlanChange): string | null {
  const name = change.before('node_group_name');
  return typeof name === 'string' ? name : null;
}
