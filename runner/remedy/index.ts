export { applyRemedies } from './apply-remedies.ts';
export {
  type Change,
  type Contest,
  contestRestMs,
  contestsNow,
  type Corrections,
  describeContests,
  noteCorrections,
  restUntil,
  uncontested,
} from './contested.ts';
export { type RemedyMemory, remedyMemorySchema } from './trouble.ts';
