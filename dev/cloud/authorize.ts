import { accountId, region } from './account.ts';
import type { Call } from './calls/call.ts';
import type { Guards } from './guards.ts';
import type { IamAccount, Role } from './iam-account.ts';
import { namesOf, type Principal } from './identity/principal.ts';
import { createContext, extendContext, type RequestContext } from './policy/context.ts';
import { type Check, type Decision, evaluate, type Layer } from './policy/evaluate.ts';
import { evaluateResourcePolicy, type ResourceDecision } from './policy/resource-policy.ts';
import type { ResourcePolicies } from './resource-policies.ts';

type Dependencies = { iam: IamAccount; resources: ResourcePolicies; guards: Guards; now: () => Date };

/** May the principal make this call? The first right that is missing is the reason. */
export async function authorize(
  principal: Principal,
  call: Pick<Call, 'checks'>,
  deps: Dependencies,
): Promise<Decision> {
  if (!deps.guards.policies) return { allowed: true };
  for (const check of call.checks) {
    const decision = await decide(principal, check, deps);
    if (!decision.allowed) {
      const on = check.resource === undefined ? '' : ` on resource: ${check.resource}`;
      return {
        ...decision,
        reason: `User: ${principal.arn} is not authorized to perform: ${check.action}${on} ${decision.reason}`,
      };
    }
  }
  return { allowed: true };
}

async function decide(principal: Principal, check: Check, deps: Dependencies): Promise<Decision> {
  if (principal.kind === 'person' && principal.rights === 'everything') return { allowed: true };
  const context = extendContext(
    createContext(callerContext(principal, deps.now())),
    check.context ?? {},
    check.unanswered,
  );
  const byResource = await askResource(principal, check, context, deps);
  if (byResource?.effect === 'deny') return { allowed: false, reason: byResource.reason, explicit: true };
  if (principal.kind === 'person') {
    // Another account's administrator gave them every right there; here the resource has the last word.
    if (check.action === 'sts:AssumeRole' || byResource?.effect === 'allow') return { allowed: true };
    const reason = byResource?.reason === undefined ? '' : `, and ${byResource.reason}`;
    return { allowed: false, reason: `because ${principal.account} is another account than ${accountId}${reason}` };
  }
  const role = await deps.iam.role(principal.roleName);
  const layers = layersOf(role);
  if (principal.sessionPolicy !== undefined) layers.push({ kind: 'session', policies: [principal.sessionPolicy] });
  const isNamed = byResource?.effect === 'allow' && byResource.to === 'principal';
  // A key's policy must speak for itself or hand the decision to the account; IAM alone opens no key.
  if (isKeyUse(check) && byResource?.effect === 'none')
    return { allowed: false, reason: `because no resource-based policy allows the ${check.action} action` };
  const decision = evaluate(layers, check, context);
  if (decision.allowed || decision.explicit === true || !isNamed) return decision;
  // Named by the resource, a role needs no policy of its own; its boundary and the session's policy still bind it.
  return evaluate(layers.slice(1), check, context);
}

function isKeyUse({ action, resource }: Check): boolean {
  return action.startsWith('kms:') && resource !== undefined && /:key\/[^*]+$/.test(resource);
}

async function askResource(
  principal: Principal,
  check: Check,
  context: RequestContext,
  { resources, guards }: Dependencies,
): Promise<ResourceDecision | undefined> {
  if (!guards.resourcePolicies || check.resource === undefined || check.resource.endsWith('*')) return undefined;
  const policy = await resources.policyOf(check.resource);
  if (policy === undefined) return undefined;
  return evaluateResourcePolicy(
    policy,
    { kind: 'aws', arns: namesOf(principal), account: principal.account },
    check,
    context,
  );
}

/** A role's own policies and its boundary; both must allow. */
export function layersOf(role: Role | undefined): Layer[] {
  const layers: Layer[] = [{ kind: 'identity-based', policies: role?.policies ?? [] }];
  if (role?.boundary !== undefined) layers.push({ kind: 'permissions boundary', policies: [role.boundary] });
  return layers;
}

/** What conditions can ask about the caller, whatever the call. */
export function callerContext(principal: Principal, now: Date): Record<string, string> {
  const common = {
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    'aws:PrincipalArn': namesOf(principal).at(-1) ?? principal.arn,
    'aws:PrincipalAccount': principal.account,
    'aws:ResourceAccount': accountId,
    'aws:PrincipalIsAWSService': 'false',
    'aws:ViaAWSService': 'false',
    'aws:userid': principal.userId,
    'aws:RequestedRegion': region,
    // Plain HTTP here stands for HTTPS there.
    'aws:SecureTransport': 'true',
  };
  if (principal.kind === 'person') return { ...common, 'aws:PrincipalType': 'User' };
  return {
    ...common,
    'aws:TokenIssueTime': principal.issuedAt.toISOString(),
    'aws:PrincipalType': 'AssumedRole',
    ...Object.fromEntries(Object.entries(principal.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}
