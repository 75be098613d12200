import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import { createGroupGuard, createProcessRunner } from '../../engines/index.ts';
import { synthesise } from '../../stacks/index.ts';
import { type Bench, measure, type Row } from '../measure.ts';

const root = join(import.meta.dirname, '..', '..');

/** Both AWS stacks, whole: by our door in one process, as a command of its own, and by cdktf-cli. */
export const synthBench: Bench = async ({ say }) => {
  const dir = await mkdtemp(join(tmpdir(), 'lf-bench-'));
  const guard = createGroupGuard();
  const runProcess = createProcessRunner({ clock: systemClock, guard });
  const command = async (bin: string, args: string[], env: Record<string, string> = {}): Promise<void> => {
    const result = await runProcess({
      command: bin,
      args,
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, CI: '1', CHECKPOINT_DISABLE: '1', ...env },
      deadlineMs: 300_000,
    });
    if (result.exitCode !== 0) throw new Error(`${args.join(' ')} failed:\n${result.tail.join('\n')}`);
  };
  const both = async (outDir: string): Promise<void> => {
    await synthesise({ stack: 'account', outDir });
    await synthesise({ stack: 'base', outDir });
  };
  try {
    say('in one process: first, then warm');
    const first = await measure(
      'our synth, first in a process',
      1,
      () => both(join(dir, 'one')),
      'loads CDKTF and its constructs',
    );
    const warm = await measure('our synth, warm in one process', 10, () => both(join(dir, 'one')));
    say('as a command');
    const once = fileURLToPath(import.meta.resolve('./synth-once.ts'));
    const whole = await measure('our synth, whole command (tsx)', 5, () =>
      command(process.execPath, ['--import', 'tsx', once, join(dir, 'whole')]),
    );
    say('cdktf synth');
    await writeFile(join(dir, 'stacks.json'), JSON.stringify(inputs));
    const cli = join(root, 'node_modules', '.bin', 'cdktf');
    const theirs = await measure('cdktf synth, whole command', 3, () =>
      command(cli, ['synth', '--output', join(dir, 'theirs')], { LANDFALL_STACKS: join(dir, 'stacks.json') }),
    );
    return {
      rows: [first, warm, whole, theirs],
      findings: [
        verdict(warm, 2000),
        `whole command against whole command: cdktf synth takes ${times(theirs, whole)} times as long`,
      ],
      details: { sameResources: await sameResources(dir) },
    };
  } finally {
    guard.stop();
    await rm(dir, { recursive: true, force: true });
  }
};

const place = { installId: 'bench', accountId: '123456789012', region: 'eu-central-1' };
const inputs = {
  account: {
    ...place,
    installPrincipal: {
      kind: 'vendor',
      arn: 'arn:aws:iam::999999999999:role/landfall-installer',
      externalId: 'a-random-external-id-0123456789',
    },
    installExpiresAt: '2030-01-31T12:00:00.000Z',
  },
  base: place,
};

function verdict(warm: Row, limitMs: number): string {
  const slowest = Math.max(...warm.runsMs);
  return `warm, both stacks: ${warm.medianMs} ms, slowest ${slowest} ms; wanted under ${limitMs} ms: ${slowest < limitMs ? 'held' : 'NOT held'}`;
}

function times(a: Row, b: Row): string {
  return (a.medianMs / b.medianMs).toFixed(1);
}

const moduleSchema = z.object({ resource: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** How many resources each side wrote: they must be the same stacks. */
async function sameResources(dir: string): Promise<Record<string, { ours: number; cdktf: number }>> {
  const count = async (side: string, stack: string): Promise<number> => {
    const text = await readFile(join(dir, side, 'stacks', stack, 'cdk.tf.json'), 'utf8');
    const { resource } = moduleSchema.parse(JSON.parse(text));
    return Object.values(resource).reduce((sum, kind) => sum + Object.keys(kind).length, 0);
  };
  const counts: Record<string, { ours: number; cdktf: number }> = {};
  for (const stack of ['account', 'base']) {
    const pair = { ours: await count('one', stack), cdktf: await count('theirs', stack) };
    if (pair.ours !== pair.cdktf) throw new Error(`stack ${stack} differs: ${JSON.stringify(pair)}`);
    counts[stack] = pair;
  }
  return counts;
}
