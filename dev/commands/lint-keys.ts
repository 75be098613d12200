import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

/** The files of the tree that a source names as imports, static, dynamic or of types only; a string that looks like one counts too. */
export function localImports(file: string, source: string): string[] {
  const named = source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"\n]+)['"]/g);
  return [...named].map((match) => join(dirname(file), match[1] ?? ''));
}

/**
 * A key for each file that changes with it, with whatever it imports over however many others, with any declaration that all
 * files see (`declare global`, `declare module`), and with `base`. None for a file in an import cycle, or that imports one.
 */
export function lintKeys(sources: ReadonlyMap<string, string>, base: string): ReadonlyMap<string, string | undefined> {
  const everywhere = [...sources].filter(([, source]) => /\bdeclare\s+(global|module)\b/.test(source));
  const start = digest([base, ...everywhere.flat()]);
  const keys = new Map<string, string | undefined>();
  const keyOf = (file: string): string | undefined => {
    if (keys.has(file)) return keys.get(file);
    keys.set(file, undefined);
    const source = sources.get(file) ?? '';
    const imported = localImports(file, source).map(keyOf);
    const key = imported.includes(undefined)
      ? undefined
      : digest([start, file, source, ...imported.filter((each) => each !== undefined)]);
    keys.set(file, key);
    return key;
  };
  return new Map([...sources.keys()].map((file) => [file, keyOf(file)]));
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} ${part}`);
  return hash.digest('base64url').slice(0, 24);
}
