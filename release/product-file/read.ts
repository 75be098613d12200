import { readFile } from 'node:fs/promises';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { LandfallError, limits, pathOf, type ProductFile, productFileSchema } from '../../contract/index.ts';
import { knownFields, nearest } from './known-fields.ts';

export async function readProductFile(path: string): Promise<ProductFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-RELEASE-001', `${path} cannot be read`, {
      cause,
      hint: 'Name the product file: --file <path>.',
    });
  });
  return parseProductFile(text, path);
}

/**
 * Reads landfall.yaml. Every error names the path, line and column and what was expected there (LF-RELEASE-001).
 * Aliases are refused: a few of them can unfold to gigabytes.
 */
export function parseProductFile(text: string, file: string): ProductFile {
  if (Buffer.byteLength(text) > limits.productFile.bytes) {
    throw new LandfallError('LF-RELEASE-001', `${file} is larger than ${limits.productFile.bytes} bytes`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', uniqueKeys: true, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new LandfallError('LF-RELEASE-001', `${file}, ${at(broken.pos[0])}: ${broken.message}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new LandfallError('LF-RELEASE-001', `${file} uses YAML aliases, which are not accepted`, { cause });
  }
  const result = productFileSchema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => unfold(issue, value)).slice(0, 10);
  const told = issues.map(({ path, message }) => `${at(offsetOf(document, path))}: ${pathOf(path)}: ${message}`);
  throw new LandfallError('LF-RELEASE-001', `${file}, ${told.join('; ')}`);
}

type Issue = { path: PropertyKey[]; message: string };

/** An unknown key is told at the key itself, with what may stand there. */
function unfold(issue: z.core.$ZodIssue, value: unknown): Issue[] {
  if (issue.code === 'invalid_union') {
    // Of a text or an object (a chart), what is wrong with the one that stands there: the other is refused as a whole.
    const meant = issue.errors.find((each) =>
      each.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
    );
    const inside = (meant ?? []).map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
    if (inside.length > 0) return inside.flatMap((each) => unfold(each, value));
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  const known = knownFields(issue.path, value);
  return issue.keys.map((key) => {
    const meant = nearest(key.slice(0, 64), known);
    const expected = meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`;
    return { path: [...issue.path, key], message: `there is no such field here; ${expected}` };
  });
}

/** Where the deepest part of `path` that exists begins; of a member, its key. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = isNode(node) ? (node.range?.[0] ?? offset) : offset;
    } else return offset;
  }
  return offset;
}
