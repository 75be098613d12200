import { arn } from '../account.ts';
import { isPlainGlobal, listsKey, unansweredOf } from '../policy/context.ts';
import type { Check } from '../policy/evaluate.ts';
import { type CloudRequest, jsonBodyOf } from '../wire/request.ts';
import type { Call } from './call.ts';
import { type AccountLookup, dependentChecks } from './dependent-checks.ts';
import { ec2ArnOf } from './ec2.ts';
import { type ActionReference, referenceOf, typeOf } from './reference.ts';

/** What conditions can ask about resources that exist. */
export type ResourceLookup = {
  /** `aws:ResourceTag/...`, `ec2:Vpc` and the like. */
  factsOf(resource: string): Promise<NonNullable<Check['context']>>;
  /** The ARNs behind an id that is no resource of its own (an association, an alias). */
  resolve(resource: string): Promise<string[]>;
};

/**
 * Brings the checks into the form in which AWS makes them: the resource types that its reference lists for the action,
 * `*` where it lists none, `type/*` for what is yet to be made, and the condition keys that it lists.
 */
export async function completeCall(
  call: Call,
  request: CloudRequest,
  lookup: ResourceLookup & AccountLookup,
): Promise<Call> {
  const checks: Check[] = [];
  const all = [...call.checks, ...(await dependentChecks(call, jsonBodyOf(request), lookup))];
  for (const [action, group] of groupByAction(all)) {
    const reference = await referenceOf(action);
    const resolved = await resolveAll(group, lookup);
    const placed = reference === undefined ? resolved : placeChecks(resolved, reference);
    for (const check of placed) checks.push(await fillContext(check, reference, lookup));
  }
  const resource = checks[0]?.resource;
  return { ...call, checks, ...(resource === undefined ? {} : { resource }) };
}

function groupByAction(checks: Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) groups.set(check.action, [...(groups.get(check.action) ?? []), check]);
  return groups;
}

async function resolveAll(checks: Check[], lookup: ResourceLookup): Promise<Check[]> {
  const resolved = checks.map(async (check): Promise<Check[]> => {
    if (check.resource === undefined) return [check];
    const { resource: _named, ...rest } = check;
    const found = await lookup.resolve(check.resource);
    return found.length === 0 ? [rest] : found.map((resource) => ({ ...rest, resource }));
  });
  return (await Promise.all(resolved)).flat();
}

/** Without resource types in the reference, yet AWS's refusals name the resource, and a statement on it grants the call. */
const checkedAllTheSame = new Set(['eks:CreateCluster']);

function placeChecks(checks: Check[], reference: ActionReference): Check[] {
  const [first] = checks;
  if (first === undefined) return [];
  if (reference.wildcardOnly && !checkedAllTheSame.has(first.action)) return [{ ...first, resource: '*' }];
  if (!first.action.startsWith('ec2:')) return checks;
  const placed = checks.filter(({ resource }) => resource !== undefined && typeOf(reference, resource) !== undefined);
  const covered = new Set(placed.map(({ resource }) => typeOf(reference, resource ?? '')?.name));
  for (const type of reference.types) {
    if (type.required && !covered.has(type.name)) placed.push({ ...first, resource: ec2ArnOf(type.name, '*') });
  }
  // Nothing named and nothing required: any resource of the account.
  return placed.length === 0 ? [{ ...first, resource: arn('ec2', '*') }] : placed;
}

async function fillContext(
  check: Check,
  reference: ActionReference | undefined,
  lookup: ResourceLookup,
): Promise<Check> {
  const type = reference === undefined ? undefined : typeOf(reference, check.resource ?? '');
  const listed = reference === undefined ? undefined : [...reference.keys, ...(type?.keys ?? [])];
  const exists = check.resource !== undefined && !/[*]$/.test(check.resource);
  const facts = exists ? await lookup.factsOf(check.resource ?? '') : {};
  const given = Object.entries({ ...facts, ...withoutUndefined(check.context ?? {}) });
  if (listed === undefined) return { ...check, context: Object.fromEntries(given) };
  const context = Object.fromEntries(given.filter(([key]) => isPlainGlobal(key) || listsKey(listed, key)));
  return { ...check, context, unanswered: unansweredOf(listed, check.action.split(':')[0] ?? '') };
}

function withoutUndefined(context: NonNullable<Check['context']>): NonNullable<Check['context']> {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
}
