import type { OutsideKind } from '../../contract/index.ts';
import type { AccountFacts } from './account-facts.ts';
import { type Confinement, conditionNames, confinementOf } from './confinement.ts';
import { type Who, classifyPrincipal } from './principal.ts';
import { type PolicyStatement, readPolicy } from './read-policy.ts';

export type FoundOutside = { kind: OutsideKind; principal: string; conditions: string[] };
export type FoundService = {
  principal: string;
  /** A condition binds it to this account's resources. */ bound: boolean;
};

export type PolicyFindings = { outside: FoundOutside[]; services: FoundService[]; unreadable: string[] };

/**
 * Everybody from outside the account whom the policy lets in. Pure. Deny statements are not weighed against the Allows: what a Deny takes
 * away may be given back by its own conditions, so a principal that is allowed anywhere is listed.
 */
export function outsidePrincipals(document: unknown, facts: AccountFacts): PolicyFindings {
  const { statements, unreadable } = readPolicy(document);
  const findings: PolicyFindings = { outside: [], services: [], unreadable };
  for (const statement of statements) {
    if (statement.effect === 'Allow') judge(statement, facts, findings);
  }
  return { ...findings, outside: unique(findings.outside), services: unique(findings.services) };
}

function judge(statement: PolicyStatement, facts: AccountFacts, into: PolicyFindings): void {
  const confined = confinementOf(statement.conditions, facts);
  const conditions = conditionNames(statement.conditions);
  const add = (kind: OutsideKind, principal: string): void => {
    into.outside.push({ kind, principal, conditions });
  };
  if (statement.notPrincipal) {
    openEnded('everyone-but', '*', confined, into, add);
    return;
  }
  if (statement.principal === null) {
    into.unreadable.push('an Allow statement without a principal');
    return;
  }
  const everyone: Who = { who: 'outside', kind: 'anyone', principal: '*' };
  const all = statement.principal.anyone
    ? [everyone]
    : statement.principal.of.map(({ type, value }) => classifyPrincipal(type, value, facts));
  for (const one of all) {
    if (one.who === 'unreadable') into.unreadable.push(one.what);
    else if (one.who === 'service')
      into.services.push({
        principal: one.principal,
        bound: confined.to === 'services' ? confined.bound : confined.to !== 'nobody-in-particular',
      });
    else if (one.who === 'outside') {
      if (one.kind === 'anyone') openEnded('anyone', '*', confined, into, add);
      else if (confined.to !== 'account') add(one.kind, one.principal);
    }
  }
}

/** `*` and NotPrincipal mean whomever the conditions leave. */
function openEnded(
  kind: 'anyone' | 'everyone-but',
  principal: string,
  confined: Confinement,
  into: PolicyFindings,
  add: (kind: OutsideKind, principal: string) => void,
): void {
  if (confined.to === 'account') return;
  if (confined.to === 'services') into.services.push({ principal, bound: confined.bound });
  else if (confined.to === 'organization') for (const id of confined.ids) add('organization', id);
  else add(kind, principal);
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
