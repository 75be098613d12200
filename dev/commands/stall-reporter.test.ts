import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import StallReporter, { type Case, type Module } from './stall-reporter.ts';

const project = { name: 'unit', config: { testTimeout: 20_000, hookTimeout: 10_000 } };
const module = (name: string): Module => ({ id: name, moduleId: join(process.cwd(), name), project });
const test = (of: Module, fullName: string, timeout?: number): Case => ({
  module: of,
  fullName,
  options: { timeout },
});

it('names what says nothing, and ends a run that stands still', async () => {
  let now = 0;
  let ended = 0;
  const said: string[] = [];
  const reporter = new StallReporter({
    now: () => now,
    say: (line) => said.push(line),
    stacks: () => Promise.resolve(['worker 1 is at\n  at spin']),
    end: () => ended++,
  });
  const [stuck, done] = [module('oci/stuck.test.ts'), module('oci/done.test.ts')];
  for (const each of [stuck, done]) reporter.onTestModuleQueued(each);
  reporter.onTestModuleStart(stuck);
  reporter.onTestCaseReady(test(stuck, 'loops'));
  reporter.onTestModuleEnd(done);

  now = 119_000;
  await reporter.look();
  expect(said).toEqual([]);
  now = 120_000;
  await reporter.look();
  expect(said).toEqual(['still running: unit oci/stuck.test.ts, heard of 120 s ago, as "loops" began']);
  reporter.onTestCaseReady(test(stuck, 'may take long', 900_000));
  now += 1_490_000;
  await reporter.look();
  expect(ended).toBe(0);
  reporter.onTestCaseResult(test(stuck, 'may take long', 900_000));
  now += 619_999;
  await reporter.look();
  expect(ended).toBe(0);
  now += 1;
  await reporter.look();
  expect(said.slice(-2)).toEqual([
    'worker 1 is at\n  at spin',
    'stalled: unit oci/stuck.test.ts; the run ends here, as failed',
  ]);
  expect(ended).toBe(1);
});

/** In a process of its own: only a main thread can look at workers. */
async function stacksOf(worker: string): Promise<string> {
  const source = await readFile(join(import.meta.dirname, 'worker-stacks.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const look = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const begun = "require('node:worker_threads').parentPort.postMessage('begun');";
    await once(new Worker(begun + ${JSON.stringify(worker)}, { eval: true, execArgv: [] }), 'message');
    console.log((await workerStacks(300)).join('\\n'));
    process.exit();`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-'], { input: code + look });
  return stdout;
}

it.each([
  ['a loop', 'function spin() { for (;;); } spin();'],
  ['a loop of promises', '(async () => { for (;;) await Promise.resolve(); })();'],
])('says where a worker is that is kept busy by %s', async (_, worker) => {
  expect(await stacksOf(worker)).toMatch(/^worker 1 is in\n(.*\n)*.*worker eval/);
});
