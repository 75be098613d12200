import { parseArgs } from 'node:util';
import { benches, runBench } from './index.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
const name = positionals[0] ?? '';
const bench = benches.get(name);
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${[...benches.keys()].join('|')} [--quick] [--only case,case]`);
  process.exitCode = 2;
} else {
  const only = values.only.split(',').filter((each) => each !== '');
  const lines = await runBench(name, bench, { quick: values.quick, only });
  console.log(lines.join('\n'));
}
