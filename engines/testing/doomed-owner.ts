import { systemClock } from '../../contract/index.ts';
import { createGroupGuard, createProcessRunner, findSetpriv } from '../index.ts';

// A process that runs a child with a grandchild, tells their pids on stdout, and waits to be killed.
const [setpriv, guard] = process.argv.slice(2);
const runProcess = createProcessRunner({
  clock: systemClock,
  ...(setpriv === 'setpriv' ? { setpriv: await findSetpriv() } : {}),
  ...(guard === 'guard' ? { guard: createGroupGuard() } : {}),
});
await runProcess({
  command: '/bin/sh',
  args: ['-c', 'sleep 120 & echo pids $$ $!; wait'],
  env: { PATH: '/usr/bin:/bin' },
  deadlineMs: 120_000,
  onLine: (line) => process.stdout.write(`${line.text}\n`),
});
