export { applyRemedies } from './apply-remedies.ts';
export { type RemedyMemory, remedyMemorySchema } from './trouble.ts';
