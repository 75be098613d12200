export { type Cloud, type CloudOptions, startCloud } from './cloud.ts';
export type { AttachedCluster } from './eks/state.ts';
export type { Guards } from './guards.ts';
export type { Credentials } from './identity/principal.ts';
export type { RecordedCall } from './recorder.ts';
