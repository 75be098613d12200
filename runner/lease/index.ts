export { holderGone, podIdentity, processIdentity } from './identity.ts';
export { acquireLease, type HeldLease, type LeaseOptions, type LeaseTimes, usualLeaseTimes } from './lease.ts';
