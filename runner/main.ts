import { LandfallError, describeError, systemClock } from '../contract/index.ts';
import { readConfig, readEnvironment } from './config.ts';
import { startRunner } from './index.ts';

// The runner as a process: configured by the file in LANDFALL_CONFIG, ended by SIGTERM, which drains.
const write = (line: string): void => void process.stdout.write(line);
const fail = (error: unknown): never => {
  const hint = error instanceof LandfallError ? error.hint : undefined;
  write(`${JSON.stringify({ level: 60, time: new Date().toISOString(), msg: describeError(error), hint })}\n`);
  return process.exit(1);
};
const runner = await Promise.resolve()
  .then(async () => {
    const environment = readEnvironment();
    return startRunner({ config: await readConfig(), environment, clock: systemClock, write, random: Math.random });
  })
  .catch(fail);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    runner.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
// A lost lease ends this process: a new one starts with nothing of the old in its memory.
runner.ended.then(
  () => process.exit(0),
  () => process.exit(1),
);
