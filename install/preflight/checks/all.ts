import type { Facts } from '../facts/facts.ts';
import type { CheckResult } from '../result.ts';
import type { Wanted } from '../wanted.ts';
import { customerClusterChecks } from './customer-cluster.ts';
import { customerVpcChecks } from './customer-vpc.ts';
import { nameChecks } from './names.ts';
import { placeChecks } from './place.ts';
import { quotaChecks } from './quotas.ts';
import { rangeChecks } from './ranges.ts';
import { reachChecks } from './reach.ts';
import { rightsChecks } from './rights.ts';

/** Every check that the mode needs, in the order in which people read them. Facts in, verdicts out. */
export function allChecks(facts: Facts, wanted: Wanted, now: Date): CheckResult[] {
  return [
    ...placeChecks(facts, wanted, now),
    ...rightsChecks(facts, wanted),
    ...quotaChecks(facts, wanted),
    ...nameChecks(facts, wanted),
    ...rangeChecks(wanted),
    ...customerVpcChecks(facts, wanted),
    ...customerClusterChecks(facts, wanted),
    ...reachChecks(facts, wanted),
  ];
}
