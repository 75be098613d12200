import { benches, runBench } from './index.ts';

const name = process.argv[2] ?? '';
const bench = benches.get(name);
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${[...benches.keys()].join('|')}`);
  process.exitCode = 2;
} else {
  const lines = await runBench(name, bench);
  console.log(lines.join('\n'));
}
