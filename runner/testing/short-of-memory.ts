import { describeError, systemClock } from '../../contract/index.ts';
import { createProcessRunner } from '../../engines/index.ts';
import { createMemoryGate } from '../guards/memory-gate.ts';
import { readMemory } from '../guards/read-memory.ts';

// A process, in a group with a limit, that runs children which take ever more memory; it says how that went.
const guarded = process.argv[2] === 'guarded';
const runProcess = createProcessRunner({ clock: systemClock });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const gate = createMemoryGate({ read: () => readMemory(), clock: systemClock, onShort: say });
const child = guarded ? gate.through(runProcess, 'helm') : runProcess;
const taking = 'const all = []; setInterval(() => all.push(Buffer.alloc(2 * 1024 ** 2, 1)), 50);';
say(`memory ${JSON.stringify(await readMemory())}`);
await child({ command: process.execPath, args: ['-e', taking], env: {}, deadlineMs: 60_000 }).catch((error: unknown) =>
  say(describeError(error)),
);
say('still here');
