import { evaluateConditions } from './conditions.ts';
import type { RequestContext } from './context.ts';
import type { PolicyDocument, Statement } from './document.ts';
import { appliesToAction, type Decision } from './evaluate.ts';

/** Who asks to become the role: a principal by its ARNs, or a service (the Pod Identity agent). */
export type Asker = { kind: 'aws'; arns: string[]; account: string } | { kind: 'service'; name: string };

export type TrustDecision = Decision & {
  /** True when only the whole account is named: then the asker's own policies must allow the call too. */
  byAccount?: boolean;
};

export function evaluateTrust(
  trust: PolicyDocument,
  asker: Asker,
  action: string,
  context: RequestContext,
): TrustDecision {
  let byAccount: boolean | undefined;
  let unknown: string | undefined;
  for (const statement of trust.statements) {
    if (!appliesToAction(statement, action)) continue;
    if (statement.NotPrincipal !== undefined)
      return { allowed: false, reason: 'because the stand-in cannot evaluate NotPrincipal' };
    const match = matchPrincipal(statement.Principal, asker);
    if (match === undefined) continue;
    const truth = evaluateConditions(statement.Condition, context);
    if (truth.is === 'false') continue;
    if (truth.is === 'unknown') unknown = truth.why;
    else if (statement.Effect === 'Deny')
      return { allowed: false, reason: 'with an explicit deny in the role trust policy' };
    else byAccount = match === 'account' && byAccount !== false;
    if (truth.is === 'unknown' && statement.Effect === 'Deny')
      return { allowed: false, reason: `because ${truth.why}` };
  }
  if (byAccount !== undefined) return { allowed: true, byAccount };
  return { allowed: false, reason: `because ${unknown ?? `no role trust policy allows the ${action} action`}` };
}

/** Is the asker named: itself (or everybody), or its account? */
export function matchPrincipal(
  principals: Statement['Principal'] = {},
  asker: Asker,
): 'principal' | 'account' | undefined {
  if (asker.kind === 'service') return (principals['Service'] ?? []).includes(asker.name) ? 'principal' : undefined;
  const named = principals['AWS'] ?? [];
  if (named.some((arn) => arn === '*' || asker.arns.includes(arn))) return 'principal';
  if (named.some((arn) => arn === asker.account || arn === `arn:aws:iam::${asker.account}:root`)) return 'account';
  return undefined;
}
