import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lintKeys, localImports } from './lint-keys.ts';
import { type Outcome, runProgram } from './program.ts';

/** A line for each file that was clean: its key. */
const cacheFile = 'node_modules/.cache/lint-clean';
/** What says how every file is linted: the rules, the types' options and what is installed. */
const setUp = ['.oxlintrc.json', 'tsconfig.json', 'package-lock.json', 'node_modules/.package-lock.json'];
const rules = ['--type-aware', '--deny-warnings'];

/**
 * Lints the files that have changed since they were last found clean, and those that import them over however many others: rules
 * that know types see through imports. oxlint has no cache of its own.
 */
export async function lint(): Promise<Outcome> {
  const listed = await runProgram('oxlint', ['--debug=files']);
  const files = listed.output.split('\n').filter((line) => /\.[cm]?[jt]sx?$/.test(line));
  if (files.length === 0) return { ...listed, failed: true };
  const sources = await sourcesOf(files);
  const keys = lintKeys(sources, await setUpKey());
  const clean = new Set((await readFile(cacheFile, 'utf8').catch(() => '')).split('\n'));
  const stale = files.filter((file) => !clean.has(keys.get(file) ?? file));
  if (stale.length === 0) return { failed: false, output: '' };
  const outcome = await runProgram('oxlint', [...rules, ...(stale.length < files.length ? stale : [])]);
  if (!outcome.failed) {
    await mkdir(dirname(cacheFile), { recursive: true });
    await writeFile(cacheFile, files.map((file) => keys.get(file) ?? '').join('\n'));
  }
  return outcome;
}

/** The files and whatever else they import, such as JSON, which has a type of its own. */
async function sourcesOf(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  const read = async (file: string): Promise<void> => {
    sources.set(file, await readFile(file, 'utf8').catch(() => ''));
  };
  await Promise.all(files.map(read));
  const imported = new Set([...sources].flatMap(([file, source]) => localImports(file, source)));
  await Promise.all([...imported].filter((file) => !sources.has(file)).map(read));
  return sources;
}

async function setUpKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of setUp) hash.update(`${file} ${await readFile(file, 'utf8').catch(() => '')}\n`);
  return hash.update(rules.join(' ')).digest('hex');
}
