/** One entity as the keeper knows it. */
export type KnownEntity = {
  key: string;
  type: string;
  /** Of all that it is made from; null: it is not wanted (any more). */
  wanted: string | null;
  /** Something may be there because of it. */
  recorded: boolean;
  /** It is being taken away, and that goes on whatever is wanted. */
  removing: boolean;
  /** As `wanted` was when it was last brought to rest, or as far as it came. */
  tried: string | null;
  /** Something of it has changed since. */
  dirty: boolean;
  /** It is worked on. */
  busy: boolean;
  /** When it is to be tried again by itself; as elapsedMs has it, whatever is done to the time of day. */
  retryAt: number | null;
  /** The last try failed. */
  failed: boolean;
  /** The customer's policy makes it wait until that time of day; null: it does not. */
  heldUntil: number | null;
  /** As `wanted` was when what is there was begun; null: not known. */
  applied: string | null;
  /** It is being changed, and counts as such until then at the latest; as elapsedMs has it. */
  changingUntil: number | null;
};

/** `elapsed` as elapsedMs has it, `time` in milliseconds since the epoch. */
export type Instant = { elapsed: number; time: number };

export type NextStep =
  | { kind: 'settle' | 'remove'; key: string }
  /** `forMs`: until something comes due by itself. */
  | { kind: 'rest'; forMs: number | null };

/** For each type the types that it depends on, itself not among them. Types that the release does not have depend on nothing. */
export type TypeOrder = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Which entity is worked on next. An entity begins when those of the types that its own depends on were tried, and goes when those of the types
 * that depend on its own are gone, or cannot go: order, never a gate. One that fails holds up nobody.
 */
export function nextStep(
  all: readonly KnownEntity[],
  order: TypeOrder,
  now: Instant,
  mostInChange = Number.POSITIVE_INFINITY,
): NextStep {
  const changing = all.flatMap(({ changingUntil: until }) =>
    until !== null && until > now.elapsed ? [until - now.elapsed] : [],
  );
  const isFull = changing.length >= mostInChange;
  const untried = new Set<string>();
  const leaving = new Set<string>();
  for (const each of all) {
    if (isLeaving(each)) {
      if (!each.failed) leaving.add(each.type);
    } else if (each.wanted !== null && each.tried === null) untried.add(each.type);
  }
  const needs = (type: string): ReadonlySet<string> => order.get(type) ?? new Set();
  const waits: number[] = [];
  for (const each of all) {
    if (each.busy) continue;
    const due = isDue(each, now);
    if (!due) {
      waits.push(...waitsOf(each, now));
      continue;
    }
    if (isLeaving(each)) {
      if (![...leaving].some((type) => needs(type).has(each.type))) return { kind: 'remove', key: each.key };
    } else if (![...needs(each.type)].some((type) => untried.has(type))) {
      if (!isFull || !isChange(each)) return { kind: 'settle', key: each.key };
      // One that never gets ready is not waited for without end.
      waits.push(...changing);
    }
  }
  return { kind: 'rest', forMs: waits.length === 0 ? null : Math.min(...waits) };
}

/** Something that is there would be made another, and is not on its way to it. */
export function isChange({ recorded, applied, wanted, changingUntil }: KnownEntity): boolean {
  return recorded && applied !== wanted && changingUntil === null;
}

export function isLeaving({
  wanted,
  recorded,
  removing,
}: Pick<KnownEntity, 'wanted' | 'recorded' | 'removing'>): boolean {
  return removing || (wanted === null && recorded);
}

/** How long until it comes due by itself, in one way or another. */
function waitsOf({ retryAt, heldUntil }: KnownEntity, now: Instant): number[] {
  return [...(retryAt === null ? [] : [retryAt - now.elapsed]), ...(heldUntil === null ? [] : [heldUntil - now.time])];
}

function isDue(each: KnownEntity, now: Instant): boolean {
  if (each.dirty || waitsOf(each, now).some((ms) => ms <= 0)) return true;
  if (isLeaving(each)) return each.tried !== leavingMark;
  return each.wanted !== null && each.wanted !== each.tried;
}

/** What `tried` is once the removal was begun. */
export const leavingMark = 'leaving';

/** Everything that a type depends on, over any number of steps. */
export function typeOrder(types: readonly { name: string; dependsOn: readonly string[] }[]): TypeOrder {
  const byName = new Map(types.map((type) => [type.name, type]));
  const collect = (name: string, found: Set<string>): Set<string> => {
    for (const needed of byName.get(name)?.dependsOn ?? []) {
      if (found.has(needed)) continue;
      found.add(needed);
      collect(needed, found);
    }
    return found;
  };
  return new Map(types.map(({ name }) => [name, collect(name, new Set())]));
}

/** Whether what it failed for may have changed with the customer's policy. */
export function isReconsidered({
  failed,
  heldUntil,
  retryAt,
}: Pick<KnownEntity, 'failed' | 'heldUntil' | 'retryAt'>): boolean {
  return heldUntil !== null || (failed && retryAt === null);
}
