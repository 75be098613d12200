import type { AccountFacts } from './account-facts.ts';
import type { Conditions } from './read-policy.ts';

/** How far a statement's conditions narrow who may use it, whatever its principal says. */
export type Confinement =
  | { to: 'nobody-in-particular' }
  /** Principals of this account only. */
  | { to: 'account' }
  /** AWS services, acting for resources of this account where `bound`. */
  | { to: 'services'; bound: boolean }
  /** Principals of these organizations. */
  | { to: 'organization'; ids: string[] };

type Test = { operator: string; values: readonly string[]; facts: AccountFacts };

/**
 * Keys that tell who calls. All others (source VPC, endpoint or address, tags, ExternalId, dates, kms:ViaService, s3:DataAccessPointAccount)
 * narrow how or when, or can be chosen by the caller's own account; they confine nobody.
 */
const keys: Readonly<Record<string, (test: Test) => Confinement | null>> = {
  'aws:principalaccount': (test) => (isOwnAccount(test) ? { to: 'account' } : null),
  'kms:calleraccount': (test) => (isOwnAccount(test) ? { to: 'account' } : null),
  // SNS's own, from before aws:SourceAccount: the account that owns the topic.
  'aws:sourceowner': (test) => (isOwnAccount(test) ? { to: 'account' } : null),
  'aws:principalarn': (test) => (areOwnArns(test, 'iam|sts') ? { to: 'account' } : null),
  // Only AWS services set these two: nobody else's request has them.
  'aws:sourceaccount': (test) => (isOwnAccount(test) ? { to: 'services', bound: true } : null),
  'aws:sourcearn': (test) => (areOwnArns(test, '[a-z0-9-]+') ? { to: 'services', bound: true } : null),
  'aws:principalservicename': ({ operator, values }) =>
    equality.test(operator) && values.every((value) => !/[*?]/.test(value)) ? { to: 'services', bound: false } : null,
  'aws:principalisawsservice': ({ operator, values }) =>
    operator === 'bool' && values.every((value) => value.toLowerCase() === 'true')
      ? { to: 'services', bound: false }
      : null,
  'aws:principalorgid': (test) => organizations(test, /^(o-[a-z0-9]{10,32})$/),
  'aws:principalorgpaths': (test) => organizations(test, /^(o-[a-z0-9]{10,32})\//),
};

const strength = ['nobody-in-particular', 'organization', 'services', 'account'] as const;

/** All conditions of a statement hold at once, so the narrowest one counts. */
export function confinementOf(conditions: Conditions, facts: AccountFacts): Confinement {
  let narrowest: Confinement = { to: 'nobody-in-particular' };
  for (const [operator, tests] of Object.entries(conditions)) {
    for (const [key, values] of Object.entries(tests)) {
      const name = key.toLowerCase();
      const judge = Object.hasOwn(keys, name) ? keys[name] : undefined;
      const found = values.length === 0 ? null : judge?.({ operator: plain(operator), values, facts });
      if (found === null || found === undefined) continue;
      narrowest = narrower(narrowest, found);
    }
  }
  return narrowest;
}

function narrower(a: Confinement, b: Confinement): Confinement {
  if (a.to === 'services' && b.to === 'services') return { to: 'services', bound: a.bound || b.bound };
  return strength.indexOf(b.to) > strength.indexOf(a.to) ? b : a;
}

/** For the report: `StringEquals aws:PrincipalOrgID`, without the values. */
export function conditionNames(conditions: Conditions): string[] {
  return Object.entries(conditions).flatMap(([operator, tests]) =>
    Object.keys(tests).map((key) => `${operator} ${key}`.slice(0, 160)),
  );
}

/** Matches only what demands the key: neither `...IfExists` nor `ForAllValues`, which are true when it is missing. */
const equality = /^(stringequals|stringequalsignorecase|stringlike|arnequals|arnlike)$/;

function plain(operator: string): string {
  return operator.toLowerCase().replace(/^foranyvalue:/, '');
}

function isOwnAccount({ operator, values, facts }: Test): boolean {
  const own = new Set([facts.accountId, '${aws:resourceaccount}']);
  return equality.test(operator) && values.every((value) => own.has(value.toLowerCase()));
}

/** No wildcard before the account: with StringLike it could reach over a colon into another account's ARN. */
function areOwnArns({ operator, values, facts }: Test, services: string): boolean {
  const region = operator.startsWith('arn') ? '[a-z0-9*-]*' : '[a-z0-9-]*';
  const own = new RegExp(`^arn:aws(?:-[a-z]+)*:(?:${services}):${region}:${facts.accountId}:`);
  return equality.test(operator) && values.every((value) => own.test(value));
}

function organizations({ operator, values, facts }: Test, shape: RegExp): Confinement | null {
  if (!equality.test(operator)) return null;
  const ids = values.map((value) =>
    value.toLowerCase() === '${aws:resourceorgid}'
      ? (facts.organizationId ?? "the account's own organization")
      : shape.exec(value)?.[1],
  );
  const known = ids.filter((id) => id !== undefined);
  return known.length === ids.length ? { to: 'organization', ids: [...new Set(known)] } : null;
}
