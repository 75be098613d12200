export { type Cloud, startCloud } from './cloud.ts';
export type { Guards } from './guards.ts';
export type { Credentials } from './identity/principal.ts';
export type { RecordedCall } from './recorder.ts';
