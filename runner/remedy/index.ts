export { applyRemedies } from './apply-remedies.ts';
export {
  type Change,
  type Contest,
  contestRestMs,
  contestsNow,
  deleted,
  describeContests,
  restUntil,
  uncontested,
  withCorrections,
} from './contested.ts';
export { type RemedyMemory, remedyMemorySchema } from './trouble.ts';
