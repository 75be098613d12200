import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import * as z from 'zod';
import { type JsonObject, jsonSchema } from '../../contract/index.ts';
import { parseTofuJson } from './tofu-json.ts';

const backendSchema = z.object({
  backend: z.object({ type: z.string(), config: z.record(z.string(), jsonSchema) }).optional(),
});

/** The backend that `init` has set up in a work folder, with every setting that is given to it; null: states are files in the folder itself. */
export async function initialisedBackend(workDir: string): Promise<{ type: string; config: JsonObject } | null> {
  const text = await readFile(join(workDir, '.terraform/terraform.tfstate'), 'utf8').catch(() => null);
  if (text === null) return null;
  const { backend } = parseTofuJson(text, backendSchema, 'Reading the backend that was initialised');
  if (backend === undefined) return null;
  const given = Object.entries(backend.config).filter(([, value]) => !isUnset(value));
  return { type: backend.type, config: Object.fromEntries(given) };
}

/** What nobody has set, as the engines write it: an attribute, or blocks. */
function isUnset(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

const modulesSchema = z.object({
  Modules: z.array(z.object({ Key: z.string(), Source: z.string(), Dir: z.string() })),
});

/**
 * Calls of modules, as `vpc` or `vpc.subnets`, whose text `init` has taken from elsewhere than the folder that it worked in: fetched, or lying beside
 * it. Sorted. Without their sources, which may hold a login.
 */
export async function foreignModules(workDir: string): Promise<string[]> {
  const text = await readFile(join(workDir, '.terraform/modules/modules.json'), 'utf8').catch(() => null);
  if (text === null) return [];
  const { Modules: modules } = parseTofuJson(text, modulesSchema, 'Reading which modules were taken');
  return modules.flatMap(({ Key, Source, Dir }) => (isLocal(Source) && isWithin(Dir) ? [] : [Key])).sort();
}

/** The root has none. */
const isLocal = (source: string): boolean => source === '' || /^\.{1,2}\//.test(source);

/** What is fetched lies in the engine's own folder. */
function isWithin(dir: string): boolean {
  const [first] = normalize(dir).split('/');
  return !isAbsolute(dir) && first !== '..' && first !== '.terraform';
}

/** Sources of the providers that `init` has chosen, for what the module says and what its state holds: `registry.opentofu.org/hashicorp/aws`. Sorted. */
export async function initialisedProviders(workDir: string): Promise<string[]> {
  const root = join(workDir, '.terraform/providers');
  const below = (path: string): Promise<string[]> =>
    readdir(join(root, path)).then(
      (names) => names.map((name) => join(path, name)),
      () => [],
    );
  let sources = await below('');
  for (const _ of ['namespace', 'type']) sources = (await Promise.all(sources.map(below))).flat();
  return sources.sort();
}
