import type { Facts } from '../facts/facts.ts';
import type { Status } from '../result.ts';
import type { Seen } from '../seen.ts';
import type { InstallMode } from '../wanted.ts';
import { seen } from './healthy-facts.ts';

/** One problem in an account that is healthy otherwise, and the check that must find it. */
export type Planted = {
  name: string;
  id: string;
  status: Status;
  mode?: InstallMode;
  base?: object;
  account?: object;
  facts: Partial<Facts> | ((healthy: Facts) => Partial<Facts>);
};

export function changed<A, B>(fact: Seen<A>, change: (value: A) => B): Seen<B> {
  if (!fact.seen) throw new Error('expected a healthy fact');
  return seen(change(fact.value));
}
