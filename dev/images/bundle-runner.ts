import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, bundle } from './bundle.ts';

/** What must never get into the customer's account: the stacks and their library. */
const forbidden = /(^|\/)(stacks|control-plane|release|dev)\/|node_modules\/(cdktf|constructs|@cdktf)\//;
/** What only the census needs is more than all the rest of the runner, and is there for a minute a day. */
const forCensus = /node_modules\/@aws-sdk\/client-(ec2|kms|lambda|organizations|sns|sqs|sts)\//;

/** The runner, its post-renderer and its census: programs of one folder. */
export async function bundleRunner(): Promise<Bundle[]> {
  const programs = await Promise.all([
    bundle({
      what: 'the runner',
      entryPoints: { main: 'runner/main.ts' },
      forbidden: new RegExp(`${forbidden.source}|${forCensus.source}`),
      small: true,
    }),
    bundle({ what: "the runner's census", entryPoints: { census: 'runner/seal/census-process.ts' }, forbidden }),
    // Helm starts it for every release, and mostly it needs next to nothing of its own.
    bundle({
      what: 'the post-renderer',
      entryPoints: { 'post-render': 'runner/post-render/main.ts' },
      forbidden,
      format: 'cjs',
      beside: { './render.ts': './render.js' },
    }),
    bundle({ what: 'the post-renderer', entryPoints: { render: 'runner/post-render/render.ts' }, forbidden }),
  ]);
  return programs.flat();
}

/** How Node runs it. A small young generation: the runner is idle for most of its life, and what it holds is old. */
export const runnerNodeFlags: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size'];

/**
 * V8 parses and compiles in pieces of 32 KiB, which glibc would keep for itself: with this they are mapped, and given back (mallopt(3), M_MMAP_THRESHOLD).
 * 18 MB less of resident memory, and no more processor time.
 */
export const runnerEnvironment: Readonly<Record<string, string>> = { MALLOC_MMAP_THRESHOLD_: '32768' };

export type RunnerPrograms = { main: string; postRender: string; census: string };

/** Writes them into a folder, as the image has them in one; gives their paths. */
export async function writeRunnerPrograms(dir: string): Promise<RunnerPrograms> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), '{"type":"module"}\n');
  for (const { name, bytes } of await bundleRunner()) await writeFile(join(dir, name), bytes);
  return { main: join(dir, 'main.js'), postRender: join(dir, 'post-render.cjs'), census: join(dir, 'census.js') };
}
