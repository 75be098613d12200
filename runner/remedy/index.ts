export { applyRemedies, type RemedyParts } from './apply-remedies.ts';
export type { Patient } from './observe.ts';
export { type RemedyMemory, remedyMemorySchema } from './trouble.ts';
