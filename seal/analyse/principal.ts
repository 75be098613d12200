import type { OutsideKind } from '../../contract/index.ts';
import type { AccountFacts } from './account-facts.ts';

/** One value of a `Principal`, told apart. */
export type Who =
  | { who: 'inside' }
  | { who: 'service'; principal: string }
  | { who: 'outside'; kind: OutsideKind; principal: string }
  | { who: 'unreadable'; what: string };

const inside: Who = { who: 'inside' };
const outside = (kind: OutsideKind, principal: string): Who => ({ who: 'outside', kind, principal });

const serviceName = /^[a-z0-9][a-z0-9.-]{0,120}\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)$/;

/** By the type that the policy gives (`AWS`, `Service`, `Federated`, `CanonicalUser`); an unknown type is unreadable. */
export function classifyPrincipal(type: string, value: string, facts: AccountFacts): Who {
  switch (type) {
    case 'AWS':
      return classifyAws(value, facts);
    case 'Service':
      return serviceName.test(value)
        ? { who: 'service', principal: value }
        : { who: 'unreadable', what: `"${value}" is no service` };
    case 'Federated':
      return classifyProvider(value, facts);
    case 'CanonicalUser':
      return facts.canonicalUserId !== null && value === facts.canonicalUserId
        ? inside
        : outside('canonical-user', value);
    default:
      return { who: 'unreadable', what: `a principal of type "${type}"` };
  }
}

/** An account id, an ARN, `*`, or the id that AWS leaves in place of a deleted principal. */
export function classifyAws(value: string, facts: AccountFacts): Who {
  if (value === '*') return outside('anyone', '*');
  if (/^\d{12}$/.test(value)) return value === facts.accountId ? inside : outside('aws', value);
  const account = /^arn:aws(?:-[a-z]+)*:(?:iam|sts)::([^:]+):.+$/.exec(value)?.[1];
  if (account !== undefined) return account === facts.accountId ? inside : outside('aws', value);
  if (/^A[A-Z0-9]{3}[A-Z0-9]{12,28}$/.test(value)) {
    return { who: 'unreadable', what: 'the id of a principal that was deleted; whose it was cannot be told' };
  }
  return { who: 'unreadable', what: `"${value}" is no principal` };
}

/** A grantee of KMS may be a service under the same field. */
export function classifyGrantee(value: string, facts: AccountFacts): Who {
  return serviceName.test(value) ? { who: 'service', principal: value } : classifyAws(value, facts);
}

/** Identity providers are outside, with one exception: the issuers of this account's own clusters. */
export function classifyProvider(value: string, facts: AccountFacts): Who {
  const own = /^arn:aws(?:-[a-z]+)*:iam::(\d{12}):oidc-provider\/(.+)$/.exec(value);
  if (own?.[1] === facts.accountId && facts.ownIssuers.has(own[2] ?? '')) return inside;
  return value === ''
    ? { who: 'unreadable', what: 'an identity provider without a name' }
    : outside('federated', value);
}
