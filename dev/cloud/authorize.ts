import { accountId, region } from './account.ts';
import type { Call } from './calls/call.ts';
import type { Guards } from './guards.ts';
import type { IamAccount, Role } from './iam-account.ts';
import type { Principal, Session } from './identity/principal.ts';
import { createContext, extendContext } from './policy/context.ts';
import { type Check, type Decision, evaluate, type Layer } from './policy/evaluate.ts';

type Dependencies = { iam: IamAccount; guards: Guards; now: () => Date };

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
  if (principal.kind === 'person') {
    if (principal.rights === 'everything' || check.action === 'sts:AssumeRole') return { allowed: true };
    return { allowed: false, reason: `because ${principal.account} is another account than ${accountId}` };
  }
  const role = await deps.iam.role(principal.roleName);
  const layers = layersOf(role);
  if (principal.sessionPolicy !== undefined) layers.push({ kind: 'session', policies: [principal.sessionPolicy] });
  return evaluate(
    layers,
    check,
    extendContext(createContext(contextOf(principal, deps.now())), check.context ?? {}, check.unanswered),
  );
}

/** A role's own policies and its boundary; both must allow. */
export function layersOf(role: Role | undefined): Layer[] {
  const layers: Layer[] = [{ kind: 'identity-based', policies: role?.policies ?? [] }];
  if (role?.boundary !== undefined) layers.push({ kind: 'permissions boundary', policies: [role.boundary] });
  return layers;
}

/** What conditions can ask about the caller, whatever the call. */
export function contextOf(session: Session, now: Date): Record<string, string> {
  return {
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    'aws:TokenIssueTime': session.issuedAt.toISOString(),
    'aws:PrincipalArn': session.roleArn,
    'aws:PrincipalAccount': accountId,
    'aws:ResourceAccount': accountId,
    'aws:PrincipalType': 'AssumedRole',
    'aws:PrincipalIsAWSService': 'false',
    'aws:ViaAWSService': 'false',
    'aws:userid': session.userId,
    'aws:RequestedRegion': region,
    // Plain HTTP here stands for HTTPS there.
    'aws:SecureTransport': 'true',
    ...Object.fromEntries(Object.entries(session.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}
