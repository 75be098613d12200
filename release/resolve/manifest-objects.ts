import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { canonicalJson, jsonObjectSchema, type JsonObject, LandfallError } from '../../contract/index.ts';
import { kubernetesYaml } from '../../engines/index.ts';

const objectSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().optional() }),
});

/** As the runner holds them to. */
const mostObjects = 10_000;

/**
 * Every Kubernetes object in a folder's (or one file's) YAML and JSON, sorted, as Kubernetes reads it: YAML 1.1 without dates and clock times.
 * What is no object, or is there twice, is refused (LF-RELEASE-004) with its file.
 */
export async function manifestObjects(path: string): Promise<JsonObject[]> {
  const found = new Map<string, { object: JsonObject; file: string }>();
  for (const file of await filesOf(path)) {
    for (const object of objectsIn(await readFile(file, 'utf8'), file)) {
      const { apiVersion, kind, metadata } = objectSchema.parse(object);
      const key = [apiVersion, kind, metadata.namespace ?? '', metadata.name].join('/');
      const other = found.get(key);
      if (other !== undefined) throw refuse(file, `${kind} ${metadata.name} is also in ${other.file}`);
      found.set(key, { object, file });
    }
  }
  if (found.size === 0) throw refuse(path, 'it holds no Kubernetes object');
  if (found.size > mostObjects) throw refuse(path, `it holds ${found.size} objects; at most ${mostObjects} are taken`);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { object }]) => object);
}

async function filesOf(path: string): Promise<string[]> {
  const seen = await stat(path).catch((cause: unknown) => {
    throw new LandfallError('LF-RELEASE-004', `the manifests ${path} cannot be read`, { cause });
  });
  if (seen.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function objectsIn(text: string, file: string): JsonObject[] {
  const documents = parseAllDocuments(text, { ...kubernetesYaml, uniqueKeys: true });
  return [...documents].flatMap((document): JsonObject[] => {
    const [broken] = document.errors;
    if (broken !== undefined) throw refuse(file, broken.message);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return [];
    const parsed = objectSchema.safeParse(value);
    if (!parsed.success) throw refuse(file, 'a document in it has no apiVersion, kind or metadata.name');
    if (parsed.data.kind === 'List') throw refuse(file, 'a List in it: write its items as documents of their own');
    // Numbers that JSON does not have would become null.
    return [jsonObjectSchema.parse(JSON.parse(canonicalJson(parsed.data)))];
  });
}

function refuse(file: string, why: string): LandfallError {
  return new LandfallError('LF-RELEASE-004', `the manifests ${file} cannot be packed: ${why}`);
}
