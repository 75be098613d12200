import { synthesise } from '../../stacks/index.ts';

// The whole command, as a process of its own: both AWS stacks into the folder that is given.
const outDir = process.argv[2] ?? '';
await synthesise({ stack: 'account', outDir });
await synthesise({ stack: 'base', outDir });
