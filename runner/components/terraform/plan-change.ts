import type { Json } from '../../../contract/index.ts';
import type { TofuResourceChange } from '../../../engines/index.ts';

/** What a plan does to one resource. `forget` (gone from the state, left in the account) counts as a removal: nobody looks after it any more. */
export type Verb = 'none' | 'create' | 'update' | 'replace' | 'delete' | 'unknown';

export function verbOf({ change }: Pick<TofuResourceChange, 'change'>): Verb {
  const actions = new Set(change.actions);
  const known = ['no-op', 'read', 'create', 'update', 'delete', 'forget'];
  if (actions.size === 0 || change.actions.some((action) => !known.includes(action))) return 'unknown';
  const gone = actions.has('delete') || actions.has('forget');
  if (gone) return actions.has('create') ? 'replace' : 'delete';
  if (actions.has('create')) return 'create';
  return actions.has('update') ? 'update' : 'none';
}

/** A thing of the customer's would be changed, and one day deleted, as if it were the base layer's. */
export const isImport = ({ change }: Pick<TofuResourceChange, 'change'>): boolean =>
  change.importing !== undefined && change.importing !== null;

/** One change as the rules read it. */
export type PlanChange = {
  address: string;
  type: string;
  verb: Verb;
  /** Value at a path such as `vpc_config.0.subnet_ids`; undefined where there is none. */
  before: (path: string) => Json | undefined;
  after: (path: string) => Json | undefined;
  /** Not known before the apply: nothing can be said of it. */
  unknown: (path: string) => boolean;
  /** Top-level attributes that an update changes, tags aside. */
  changed: readonly string[];
};

export function planChange(resource: TofuResourceChange): PlanChange {
  const { address, type, change } = resource;
  const { before = null, after = null, after_unknown: unknown = null } = change;
  const keys = new Set([...keysOf(before), ...keysOf(after), ...keysOf(unknown)]);
  return {
    address,
    type,
    verb: verbOf(resource),
    before: (path) => valueAt(before, path.split('.')),
    after: (path) => valueAt(after, path.split('.')),
    unknown: (path) => unknownAt(unknown, path.split('.')),
    changed: [...keys].filter(
      (key) =>
        key !== 'tags' &&
        key !== 'tags_all' &&
        (!sameJson(valueAt(before, [key]) ?? null, valueAt(after, [key]) ?? null) ||
          hasUnknown(valueAt(unknown, [key]))),
    ),
  };
}

/** What is in the list before and not after, or all of it when the list afterwards is not known. */
export function lost(change: PlanChange, path: string): Json[] {
  const before = change.before(path);
  if (!Array.isArray(before)) return [];
  const after = change.after(path);
  if (change.unknown(path) || !Array.isArray(after)) return before;
  return before.filter((item) => !after.some((other) => sameJson(item, other)));
}

/** What is in the list after and was not before. */
export function gained(change: PlanChange, path: string): Json[] {
  const after = change.after(path);
  if (!Array.isArray(after)) return [];
  const before = change.before(path);
  return after.filter((item) => !Array.isArray(before) || !before.some((other) => sameJson(item, other)));
}

export function sameJson(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function keysOf(value: Json): string[] {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const part of path) {
    if (Array.isArray(at)) at = at[Number(part)];
    else if (at !== null && typeof at === 'object') at = Object.hasOwn(at, part) ? at[part] : undefined;
    else return undefined;
  }
  return at;
}

/** `after_unknown` holds `true` where a value, or all below it, is known only after the apply. */
function unknownAt(value: Json, path: readonly string[]): boolean {
  for (let length = 0; length <= path.length; length++) {
    if (valueAt(value, path.slice(0, length)) === true) return true;
  }
  return hasUnknown(valueAt(value, path));
}

function hasUnknown(value: Json | undefined): boolean {
  if (value === true) return true;
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(hasUnknown);
}
