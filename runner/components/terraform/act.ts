import type { Digest, JsonObject, RunnerPolicy, TerraformComponent } from '../../../contract/index.ts';
import type { DesiredTerraform } from '../desired.ts';
import { requireApproval } from './approval.ts';
import { judgePlan, type LimitOwner, type PlanLimits } from './judge-plan.ts';
import { type OutputParts, publishOutputs } from './outputs.ts';
import { refusePlan } from './refuse-plan.ts';
import type { SecretVariables } from './secret-variables.ts';
import { openSession, type Session, type SessionParts } from './session.ts';
import { stateKeyOf } from './state-key.ts';

export type TerraformParts = SessionParts &
  OutputParts & {
    policy: { current(): RunnerPolicy };
    isApproved: (component: string, planDigest: Digest) => boolean;
  };

export type Begin = {
  /** When there is something to apply, right before it. */
  before: () => Promise<void>;
};

/**
 * init -> plan -> judge -> approval -> apply of exactly that plan. Returns the outputs the component declares; of sensitive ones only where they are.
 */
export async function actTerraform(
  parts: TerraformParts,
  desired: DesiredTerraform,
  secrets: SecretVariables,
  { before }: Begin,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { component, variables } = desired;
  const session = await openSession(parts, {
    component,
    stateKey: stateKeyOf(component.name),
    variables,
    allowed: allowedOf(component, parts.policy.current()),
    secrets,
    signal,
  });
  try {
    await carryOut(parts, session, { desired, destroy: false, before, signal });
    return await publishOutputs(parts, session.tofu, component, signal);
  } finally {
    await session.close();
  }
}

/** Everything in the component's state goes, once the customer has approved that plan. */
export async function destroyTerraform(
  parts: TerraformParts,
  desired: DesiredTerraform,
  secrets: SecretVariables,
  { before }: Begin,
  signal: AbortSignal,
): Promise<void> {
  const { component, variables } = desired;
  const session = await openSession(parts, {
    component,
    stateKey: stateKeyOf(component.name),
    variables,
    // What a release does not allow must not keep it from being removed.
    allowed: allowedOf({}, parts.policy.current()),
    secrets,
    signal,
  });
  try {
    await carryOut(parts, session, { desired, destroy: true, before, signal });
  } finally {
    await session.close();
  }
}

type What = { desired: DesiredTerraform; destroy: boolean; signal: AbortSignal } & Begin;

async function carryOut(parts: TerraformParts, session: Session, what: What): Promise<void> {
  const { desired, destroy, signal } = what;
  const { component, fingerprint } = desired;
  const request = destroy ? { destroy } : { targets: component.targets ?? [] };
  const { changed, changes } = await session.plan(request, destroy ? `remove ${component.name}` : fingerprint);
  if (!changed) return;
  const plan = await session.show();
  const { refused, asks } = judgePlan(plan, limitsOf(component, parts.policy.current(), destroy));
  refusePlan(component.name, refused);
  if (asks.length > 0) {
    const approval = {
      tofu: session.tofu,
      isApproved: (digest: Digest) => parts.isApproved(component.name, digest),
      stop: signal,
    };
    await requireApproval(approval, {
      component: component.name,
      configuration: `${destroy ? 'destroy ' : ''}${fingerprint}`,
      changes: plan.resourceChanges,
      findings: asks,
    });
  }
  await what.before();
  await session.apply(`${changes.add} to add, ${changes.change} to change, ${changes.remove} to remove`);
}

/** The release's own limits, and the customer's: each can only take away. */
export function limitsOf(
  component: Pick<TerraformComponent, 'allowedTypes' | 'protectedTypes'>,
  policy: RunnerPolicy,
  destroy: boolean,
): PlanLimits {
  const customers = policy.terraform;
  return {
    // What goes need not be allowed to be made; what is protected stays protected.
    allowed: destroy ? [] : allowedOf(component, policy),
    protected: [...given('policy', customers?.protectedTypes), ...given('release', component.protectedTypes)],
    approve: customers?.approve ?? 'destroys',
    destroys: customers?.destroys ?? 'required',
    dataStores: destroy ? 'ask' : 'refuse',
  };
}

export function allowedOf(
  component: Pick<TerraformComponent, 'allowedTypes'>,
  policy: RunnerPolicy,
): PlanLimits['allowed'] {
  return [...given('release', component.allowedTypes), ...given('policy', policy.terraform?.allowedTypes)];
}

const given = (by: LimitOwner, patterns: readonly string[] | undefined) =>
  patterns === undefined ? [] : [{ by, patterns }];
