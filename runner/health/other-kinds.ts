import { failed, type Health, healthy, progressing } from './health.ts';
import { conditionOf, isCondition, type Workload } from './status-of.ts';

// The rules of kstatus for what is no workload.

/** A claim that waits for its first consumer is bound only with its pod (kstatus would wait for it): the pod's owner is what counts. */
export function volumeClaim(name: string, { status }: Workload): Health {
  return status.phase === 'Lost' ? failed(`${name} has lost its volume`) : healthy;
}

export function definition(name: string, { status }: Workload): Health {
  const names = conditionOf(status, 'NamesAccepted');
  if (names?.status === 'False') return failed(`${name}: ${names.message ?? 'its names are taken'}`);
  return isCondition(status, 'Established', 'True') ? healthy : progressing(`${name} is not established yet`);
}

export function apiService(name: string, { status }: Workload): Health {
  const available = conditionOf(status, 'Available');
  if (available?.status === 'True') return healthy;
  return progressing(`${name} is not available${available?.message === undefined ? '' : `: ${available.message}`}`);
}
