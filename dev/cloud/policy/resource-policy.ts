import { evaluateConditions } from './conditions.ts';
import type { RequestContext } from './context.ts';
import type { PolicyDocument, Statement } from './document.ts';
import { appliesToAction, appliesToResource, type Check } from './evaluate.ts';
import { type Asker, matchPrincipal } from './trust.ts';

/** `account`: the asker's whole account is named, so that its own policies decide. */
export type ResourceDecision =
  | { effect: 'deny'; reason: string }
  | { effect: 'allow'; to: 'principal' | 'account' }
  | { effect: 'none'; reason?: string };

/** What a resource's own policy (bucket, key, queue, ...) says to this principal. A deny wins; what is unknown is no allow. */
export function evaluateResourcePolicy(
  policy: PolicyDocument,
  asker: Asker,
  check: Check,
  context: RequestContext,
): ResourceDecision {
  let allowed: 'principal' | 'account' | undefined;
  let unknown: string | undefined;
  for (const statement of policy.statements) {
    const named = principalOf(statement, asker);
    if (named === undefined || !appliesToAction(statement, check.action)) continue;
    // Some policies (ECR's) have no Resource: they are about the one they hang on.
    const hasResource = statement.Resource !== undefined || statement.NotResource !== undefined;
    const place = hasResource ? appliesToResource(statement, check.resource, context) : ({ is: 'true' } as const);
    if (place.is === 'false') continue;
    const truth = evaluateConditions(statement.Condition, context);
    if (truth.is === 'false') continue;
    const doubt = [place, truth].find((one) => one.is === 'unknown');
    if (statement.Effect === 'Deny') {
      const why = doubt?.is === 'unknown' ? `because ${doubt.why}, in a deny of` : 'with an explicit deny in';
      return { effect: 'deny', reason: `${why} a resource-based policy (${statement.Sid ?? policy.name})` };
    }
    if (doubt?.is === 'unknown') unknown = doubt.why;
    else if (allowed !== 'principal') allowed = named;
  }
  if (allowed !== undefined) return { effect: 'allow', to: allowed };
  return { effect: 'none', ...(unknown === undefined ? {} : { reason: unknown }) };
}

function principalOf(statement: Statement, asker: Asker): 'principal' | 'account' | undefined {
  if (statement.NotPrincipal === undefined) return matchPrincipal(statement.Principal, asker);
  return matchPrincipal(statement.NotPrincipal, asker) === undefined ? 'principal' : undefined;
}
