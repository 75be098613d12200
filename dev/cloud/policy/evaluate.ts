import { evaluateConditions, fillVariables, type Truth } from './conditions.ts';
import type { RequestContext } from './context.ts';
import type { PolicyDocument, Statement } from './document.ts';
import { matchesAction, matchesArn, matchesPattern } from './match.ts';

/** One right a call needs. `resource` undefined: the stand-in does not know the ARN, so any resource pattern matches. */
export type Check = {
  action: string;
  resource?: string;
  context?: Record<string, string | string[] | undefined>;
  /** Condition keys that AWS's reference lists for it and the stand-in cannot answer; absent where it is not known. */
  unanswered?: readonly string[];
};

/** `explicit`: by a deny, which no other policy can make good. */
export type Decision = { allowed: true } | { allowed: false; reason: string; explicit?: boolean };

/** Policies of one kind; every layer must allow (identity ∩ boundary ∩ session), a deny in any of them wins. */
export type Layer = { kind: string; policies: PolicyDocument[] };

export function evaluate(layers: Layer[], check: Check, context: RequestContext): Decision {
  for (const layer of layers) {
    const denied = findStatement(layer, 'Deny', check, context);
    if (denied.found !== undefined)
      return refuse(`with an explicit deny in ${a(layer.kind)} policy (${denied.found})`, true);
    if (denied.unknown !== undefined)
      return refuse(`because ${denied.unknown}, in a deny of ${a(layer.kind)} policy`, true);
  }
  for (const layer of layers) {
    const allowed = findStatement(layer, 'Allow', check, context);
    if (allowed.found !== undefined) continue;
    if (allowed.unknown !== undefined) return refuse(`because ${allowed.unknown}`);
    return refuse(`because no ${layer.kind} policy allows the ${check.action} action`);
  }
  return { allowed: true };
}

function refuse(reason: string, explicit = false): Decision {
  return { allowed: false, reason, explicit };
}

function a(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function findStatement(
  layer: Layer,
  effect: Statement['Effect'],
  check: Check,
  context: RequestContext,
): { found?: string; unknown?: string } {
  let unknown: string | undefined;
  for (const policy of layer.policies) {
    for (const statement of policy.statements) {
      if (statement.Effect !== effect || !appliesToAction(statement, check.action)) continue;
      const truth = and(appliesToResource(statement, check.resource, context), () =>
        evaluateConditions(statement.Condition, context),
      );
      if (truth.is === 'true') return { found: statement.Sid ?? policy.name };
      if (truth.is === 'unknown') unknown = `${truth.why} (${statement.Sid ?? policy.name})`;
    }
  }
  return unknown === undefined ? {} : { unknown };
}

function and(first: Truth, second: () => Truth): Truth {
  if (first.is === 'false') return first;
  const other = second();
  return other.is === 'true' ? first : other;
}

export function appliesToAction(statement: Statement, action: string): boolean {
  if (statement.NotAction !== undefined) return !statement.NotAction.some((pattern) => matchesAction(pattern, action));
  return (statement.Action ?? []).some((pattern) => matchesAction(pattern, action));
}

export function appliesToResource(statement: Statement, resource: string | undefined, context: RequestContext): Truth {
  if (resource === undefined) return { is: 'true' };
  const patterns = statement.NotResource ?? statement.Resource ?? [];
  let matched = false;
  for (const raw of patterns) {
    const filled = fillVariables(raw, context);
    if (filled.unknown !== undefined) return { is: 'unknown', why: filled.unknown };
    if (filled.text === undefined) continue;
    if (resource === '*' ? filled.text === '*' : matches(filled.text, resource)) matched = true;
  }
  return matched === (statement.NotResource === undefined) ? { is: 'true' } : { is: 'false' };
}

function matches(pattern: string, resource: string): boolean {
  return pattern.startsWith('arn:') ? matchesArn(pattern, resource) : matchesPattern(pattern, resource);
}
