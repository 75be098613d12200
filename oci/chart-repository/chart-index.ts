import { parse } from 'yaml';
import * as z from 'zod';
import { digestSchema, type Digest, LandfallError, parseValue } from '../../contract/index.ts';

/** One version of a chart, as index.yaml tells of it. */
export type IndexedChart = {
  readonly version: string;
  /** Of the archive; old indexes have none. */
  readonly digest: Digest | undefined;
  /** Absolute, or relative to the repository's address. The first is the one to take. */
  readonly urls: readonly string[];
};

/** Of one chart, with all its versions: the largest public ones have 2 MB. */
const maxEntryBytes = 8 * 1024 * 1024;
/**
 * Every scalar is a text: a version `1.0` is no number. No aliases: a few of them can unfold to gigabytes. Of a key that stands twice the last one
 * counts, as for Helm: to look for them, the library compares each key with all before it.
 */
const yamlOptions = { schema: 'failsafe', maxAliasCount: 0, logLevel: 'silent', uniqueKeys: false } as const;

const entrySchema = z
  .array(
    z.looseObject({
      version: z.string().max(256),
      digest: z.string().nullish(),
      urls: z.array(z.string().max(2048)).max(20).nullish(),
    }),
  )
  .max(20_000);
const jsonIndexSchema = z.looseObject({ entries: z.record(z.string(), z.unknown()) });

/**
 * Finds a chart in the text of index.yaml (Helm, "The chart repository guide"). Indexes have tens of megabytes and thousands of charts: only
 * the lines of the one that is wanted reach the YAML parser. They are found by their indentation, which block style fixes: what belongs to
 * a key is indented deeper, or is a list at the key's own column. Empty: the index does not have it.
 */
export function chartVersions(text: string, name: string, what: string): IndexedChart[] {
  const found = text.trimStart().startsWith('{') ? fromJson(text, name, what) : fromYaml(text, name, what);
  if (found === undefined || found === null) return [];
  return parseValue(found, entrySchema, `${name} in ${what}`).map(({ version, digest, urls }) => ({
    version,
    digest: digestOf(digest, `${name} ${version} in ${what}`),
    urls: urls ?? [],
  }));
}

/** Helm writes bare hex; others put the algorithm before it. */
function digestOf(text: string | null | undefined, what: string): Digest | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const hex = text.toLowerCase().replace(/^sha256:/, '');
  const digest = digestSchema.safeParse(`sha256:${hex}`).data;
  if (digest === undefined) throw unusable(what, 'its digest is not a SHA-256');
  return digest;
}

/** `helm repo index --json` writes JSON under the same name. */
function fromJson(text: string, name: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(what, 'it is not valid JSON', cause);
  }
  const { entries } = parseValue(value, jsonIndexSchema, what);
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function fromYaml(text: string, name: string, what: string): unknown {
  const top = [...blocksOf(text, 0, text.length)].find(({ key }) => key === 'entries');
  if (top === undefined) throw unusable(what, 'it has no entries');
  const block = [...blocksOf(text, top.start, top.end)].find(({ key }) => key === name);
  if (block === undefined) return undefined;
  if (block.end - block.line > maxEntryBytes)
    throw unusable(what, `${name} fills more than ${maxEntryBytes} bytes of it`);
  let value: unknown;
  try {
    value = parse(text.slice(block.line, block.end), yamlOptions);
  } catch (cause) {
    throw unusable(what, `${name} cannot be read from it`, cause);
  }
  return parseValue(value, z.record(z.string(), z.unknown()), `${name} in ${what}`)[name];
}

/** `line` is where the key's line begins, `start` where what belongs to it does. */
type Block = { readonly key: string; readonly line: number; readonly start: number; readonly end: number };

/** The keys of the mapping between two offsets, which begin lines, in one walk over the lines. */
function* blocksOf(text: string, from: number, to: number): Generator<Block> {
  let column: number | undefined;
  let open: { key: string; line: number; start: number } | undefined;
  for (let line = from; line < to;) {
    const newline = text.indexOf('\n', line);
    const next = newline === -1 || newline >= to ? to : newline + 1;
    const indent = indentOf(text, line, next);
    const first = text[line + indent] ?? '';
    const empty = line + indent >= next || first === '\n' || first === '\r' || first === '#';
    // A document's marker, and a list at the column of its key, begin no key.
    if (!empty && !(first === '-' && (column === undefined || indent <= column))) {
      column ??= indent;
      if (indent < column) break;
      if (indent === column) {
        if (open !== undefined) yield { ...open, end: line };
        open = { key: keyOf(text.slice(line + indent, Math.min(next, line + indent + 512))), line, start: next };
      }
    }
    line = next;
  }
  if (open !== undefined) yield { ...open, end: to };
}

function indentOf(text: string, line: number, next: number): number {
  let at = line;
  while (at < next && text[at] === ' ') at++;
  return at - line;
}

/** `redis:` or `"redis":`; what follows the colon stays with the block, since the whole line is parsed. */
function keyOf(line: string): string {
  const quoted = /^(["'])([^"'\\]*)\1\s*:/.exec(line);
  if (quoted !== null) return quoted[2] ?? '';
  const colon = line.search(/:(?:\s|$)/);
  return colon === -1 ? '' : line.slice(0, colon).trimEnd();
}

function unusable(what: string, why: string, cause?: unknown): LandfallError {
  return new LandfallError('LF-OCI-030', `${what} cannot be used: ${why}`, { cause });
}
