export { asDiskFull, awaitRoom, sweepWorkDir } from './await-room.ts';
export { createMemoryGate } from './memory-gate.ts';
export { readMemory } from './read-memory.ts';
