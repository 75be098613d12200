import { type Digest, type JsonObject, LandfallError } from '../../contract/index.ts';
import type { TofuResourceChange } from '../../engines/index.ts';
import type { DesiredTerraform } from '../components/desired.ts';
import { type Finding, requireApproval } from '../components/terraform/approval.ts';
import { declaredOutputs } from '../components/terraform/outputs.ts';
import { openSession, type Session, type SessionParts } from '../components/terraform/session.ts';
import type { PassSignals } from '../ports.ts';
import { MustWait } from '../waits.ts';
import type { CloudUpdates } from './cloud-updates.ts';
import { judgeBasePlan } from './judge-plan.ts';
import { type BaseStep, forbiddenVersionMove, nextBaseStep, strayGroups } from './next-step.ts';
import type { OwnBranch } from './own-branch.ts';
import type { RunnerPlace } from './runner-place.ts';
import { upgradeEnvironment } from './upgrade-role.ts';

/** Where the install has left the base layer's state, and where it stays. */
export const baseStateKey = 'base/terraform.tfstate';

/** What the runner needs of an install whose base layer it looks after. */
export type BaseLayerParts = {
  /** What the customer has chosen, as the install applied it. */
  variables: JsonObject;
  upgradeRoleArn: string;
  own: (nodeGroup: string | null) => OwnBranch;
  cloud: CloudUpdates;
  place: RunnerPlace;
};

/** What is kept of an upgrade under way, so that the next runner knows it. */
export type BaseMemory = {
  /** Right before something is changed. */
  begin(): Promise<void>;
  approved(): readonly string[];
  approve(what: readonly string[]): Promise<void>;
};

export type UpgradeParts = SessionParts & {
  base: BaseLayerParts;
  memory: BaseMemory;
  isApproved: (planDigest: Digest) => boolean;
  /** For the twin of the test alone: what cuts the own branch is then only asked for. Never in the product. */
  guards?: { readonly ownBranch?: false } | undefined;
};

/** More rounds than a large base layer has node groups: whoever needs more does not come to rest. */
const mostRounds = 60;

/** Plan -> judge -> one step, until a plan is empty. Returns the declared outputs. Throws MustWait when AWS or the customer is next. */
export async function upgradeBase(
  parts: UpgradeParts,
  desired: DesiredTerraform,
  signals: PassSignals,
): Promise<JsonObject | 'superseded'> {
  const { base, events } = parts;
  const { component } = desired;
  // Before anything is even prepared: while AWS is at work, nothing of ours is.
  waitForCloud(parts, (await base.cloud.look(signals.stop)).updates);
  const endpointUrl = parts.install.terraformEnv['AWS_ENDPOINT_URL'];
  const session = await openSession(parts, {
    component,
    stateKey: baseStateKey,
    variables: desired.variables,
    allowed: [],
    environment: (workspace) => upgradeEnvironment(workspace.module, base.upgradeRoleArn, endpointUrl),
    signal: signals.stop,
  });
  const run: Run = { parts, desired, session, stop: signals.stop };
  try {
    for (let round = 0; round < mostRounds; round++) {
      signals.stop.throwIfAborted();
      if (signals.superseded.aborted) return 'superseded';
      const step = await oneRound(run);
      if (step.kind === 'done') return await declaredOutputs(session.tofu, component, signals.stop);
      events.log('info', `base layer: ${describeStep(step)} is done`, { component: component.name });
    }
  } finally {
    await session.close();
  }
  throw new LandfallError('LF-RUNNER-009', 'the base layer does not come to rest: every plan shows new changes');
}

type Run = { parts: UpgradeParts; desired: DesiredTerraform; session: Session; stop: AbortSignal };

async function oneRound(run: Run): Promise<BaseStep> {
  const { parts, desired, stop } = run;
  const { base, memory } = parts;
  const before = await base.cloud.look(stop);
  waitForCloud(parts, before.updates);
  const { nodeGroup, movedFor } = await base.place.look(stop);
  const own = base.own(nodeGroup);
  const { changed, changes } = await plan(run, []);
  const destroys = judge(run, changes, own);
  await approve(run, changes, destroys);
  const step = nextBaseStep({
    updates: [],
    changes,
    changed,
    ownGroup: nodeGroup,
    groups: before.nodeGroups,
    hasMoved: nodeGroup !== null && movedFor === purposeOf(desired, nodeGroup),
  });
  switch (step.kind) {
    case 'apply-all':
      await apply(run, step);
      break;
    case 'apply-targets': {
      const part = await plan(run, step.targets);
      const unasked = judge(run, part.changes, own).filter((item) => !memory.approved().includes(approvalOf(item)));
      const strays = strayGroups(step, part.changes);
      if (unasked.length > 0 || strays.length > 0) {
        const what = [...unasked.map(({ address }) => address), ...strays].join(', ');
        const message = `${desired.component.name}: ${describeStep(step)} cannot be changed by itself; it would drag in ${what}`;
        throw new LandfallError('LF-RUNNER-016', message);
      }
      await apply(run, step);
      break;
    }
    case 'move-away':
      await moveAway(run, step.from);
      break;
    case 'wait':
    case 'done':
      break;
  }
  return step;
}

async function plan(
  run: Run,
  targets: string[],
): Promise<{ changed: boolean; changes: readonly TofuResourceChange[] }> {
  const { desired, session } = run;
  const intent = targets.length === 0 ? desired.fingerprint : `${desired.fingerprint}: ${targets.join(', ')}`;
  const { changed } = await session.plan({ targets }, intent);
  return { changed, changes: changed ? (await session.show()).resourceChanges : [] };
}

/** Refuses what cuts the runner's own branch (LF-RUNNER-015) or moves Kubernetes as EKS cannot (LF-RUNNER-016); returns what needs an approval. */
function judge(run: Run, changes: readonly TofuResourceChange[], own: OwnBranch): Finding[] {
  const { name } = run.desired.component;
  const { cuts, destroys } = judgeBasePlan(changes, own);
  if (run.parts.guards?.ownBranch === false) return [...cuts, ...destroys];
  if (cuts.length > 0) {
    const what = cuts.map(({ address, verb, why }) => `${verb} ${address} (${why})`).join('; ');
    throw new LandfallError(
      'LF-RUNNER-015',
      `the plan of ${name} would cut off the runner: ${what}; nothing was applied`,
    );
  }
  const move = forbiddenVersionMove(changes);
  if (move !== null) {
    const message = `the plan of ${name} takes Kubernetes from ${move.from} to ${move.to}; EKS goes up one minor version at a time`;
    throw new LandfallError('LF-RUNNER-016', message, {
      hint: 'Roll out a release with the version in between first.',
    });
  }
  return destroys;
}

/** Everything that destroys is approved as a whole, before the first step: by this digest, and no other. */
async function approve(run: Run, changes: readonly TofuResourceChange[], destroys: readonly Finding[]): Promise<void> {
  const { parts, desired, session, stop } = run;
  const { memory } = parts;
  if (destroys.every((finding) => memory.approved().includes(approvalOf(finding)))) return;
  const plan = { component: desired.component.name, configuration: desired.fingerprint, changes, findings: destroys };
  await requireApproval({ tofu: session.tofu, isApproved: parts.isApproved, stop }, plan);
  await memory.approve(destroys.map(approvalOf));
}

/** What an approval stands for once it is given: the same step of the same resource, however the plan around it has moved on. */
function approvalOf({ address, verb }: Finding): string {
  return `${verb} ${address}`;
}

async function apply(run: Run, step: BaseStep): Promise<void> {
  const { parts, session, stop } = run;
  await parts.memory.begin();
  try {
    await session.apply(describeStep(step));
  } catch (error) {
    // An update that somebody else has begun, or that outlived our session: AWS says so, and it is waited for.
    if (!stop.aborted) waitForCloud(parts, (await parts.base.cloud.look(stop)).updates);
    throw error;
  }
}

function waitForCloud(parts: UpgradeParts, updates: readonly string[]): void {
  if (updates.length === 0) return;
  const message = `AWS is at work on the base layer: ${updates.join('; ')}`;
  throw new MustWait({ reason: 'CloudUpdateRunning', message, until: parts.lookAgain() });
}

/** The patch ends this very runner; one that outlives it for a while asks for the same again, which changes nothing. */
async function moveAway({ parts, desired }: Run, from: string): Promise<void> {
  const { base, effects } = parts;
  await effects.run('runner-move', { target: desired.component.name, intent: `leave node group ${from}` }, (context) =>
    base.place.leave(from, purposeOf(desired, from), context.signal),
  );
  const message = `the runner moves to another node group before ${from} is updated`;
  throw new MustWait({ reason: 'RunnerMoving', message, until: parts.lookAgain() });
}

/** Of one upgrade and one group: the next upgrade may find room where this one found none. */
function purposeOf(desired: DesiredTerraform, nodeGroup: string): string {
  return `${desired.fingerprint}.${nodeGroup}`;
}

function describeStep(step: BaseStep): string {
  if (step.kind === 'apply-targets') return step.what;
  return step.kind === 'apply-all' ? 'all that is left' : step.kind;
}
