export { holderGone, podIdentity, processIdentity } from './identity.ts';
export { acquireLease, usualLeaseTimes } from './lease.ts';
