export { asDiskFull, awaitRoom, sweepWorkDir } from './await-room.ts';
export { isDiskFull, requireRoom } from './disk-space.ts';
export { keptFile } from './kept-files.ts';
export { createMemoryGate, type MemoryGate } from './memory-gate.ts';
export { readMemory } from './read-memory.ts';
