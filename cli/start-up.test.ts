import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** What every command would wait for although few need it: half of the time that the start of a command took. */
const late = [
  'undici',
  '@aws-sdk',
  '@smithy',
  'ajv',
  'execa',
  'fastify',
  'cdktf',
  '@marcbachmann/cel-js',
  'yaml',
  'yauzl',
  'yazl',
  'tar-stream',
  'jose',
];

it('a command loads what speaks with clouds, and what packs releases, only when it needs it', async () => {
  const { metafile } = await build({
    absWorkingDir: `${import.meta.dirname}/..`,
    entryPoints: ['cli/main.ts'],
    outdir: 'out',
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['*/synth.ts', 'cdktf', 'constructs', '@cdktf/*'],
    logLevel: 'silent',
  });
  const loaded = new Set<string>();
  const waiting = ['out/main.js'];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const chunk = loaded.has(at) ? undefined : metafile.outputs[at];
    loaded.add(at);
    for (const { path, kind } of chunk?.imports ?? []) if (kind === 'import-statement') waiting.push(path);
  }
  const inputs = [...loaded].flatMap((at) => Object.keys(metafile.outputs[at]?.inputs ?? {}));
  expect(inputs).toContain('cli/mirror/index.ts');
  expect(late.filter((name) => inputs.some((path) => path.startsWith(`node_modules/${name}`)))).toEqual([]);
});
