import { refusalOf } from '../aws-error.ts';

/** What was looked at: a value, or why it could not be seen. `calls` are the AWS actions that it rests on. */
export type Seen<T> =
  { seen: true; value: T; calls: readonly string[] } | { seen: false; why: string; calls: readonly string[] };

/** Asks; whatever goes wrong becomes a reason. Nothing is ever taken for absent because it could not be seen. */
export async function look<T>(calls: readonly string[], ask: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: true, value: await ask(), calls };
  } catch (error) {
    const refusal = refusalOf(error);
    const message = error instanceof Error ? error.message : String(error);
    const why = refusal === undefined ? message : `${refusal.name}: ${refusal.message}`;
    // The SDK's advice to programmers is on the lines below the first.
    return { seen: false, why: why.split('\n')[0] ?? why, calls };
  }
}

export function known<T>(value: T): Seen<T> {
  return { seen: true, value, calls: [] };
}

export function both<A, B>(a: Seen<A>, b: Seen<B>): Seen<[A, B]> {
  const calls = [...a.calls, ...b.calls];
  if (!a.seen) return { seen: false, why: a.why, calls };
  if (!b.seen) return { seen: false, why: b.why, calls };
  return { seen: true, value: [a.value, b.value], calls };
}

export function every<T>(facts: readonly Seen<T>[]): Seen<T[]> {
  const calls = [...new Set(facts.flatMap((fact) => fact.calls))];
  const values: T[] = [];
  for (const fact of facts) {
    if (!fact.seen) return { seen: false, why: fact.why, calls };
    values.push(fact.value);
  }
  return { seen: true, value: values, calls };
}

/** Undefined where AWS says that there is no such thing; every other refusal stays one. */
export async function unlessAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal?.status === 404 || (refusal !== undefined && absentNames.has(refusal.name))) return undefined;
    throw error;
  }
}

/** The services that say 400 where others say 404. */
const absentNames = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'NoSuchResourceException',
  'NotFoundException',
  'RepositoryNotFoundException',
  'ResourceNotFoundException',
  'InvalidVpcID.NotFound',
  'InvalidSubnetID.NotFound',
]);
