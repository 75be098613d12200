import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { canonicalJson, jsonObjectSchema, type JsonObject, LandfallError, parseJson } from '../../../contract/index.ts';
import { kubernetesYaml, maxAliases } from '../../../engines/index.ts';

const limit = { bytes: 1024 * 1024, depth: 64 };

/**
 * Values out of a ConfigMap's or Secret's text, as Helm reads them. LF-RUNNER-140: they are none. The parser's own words quote what they
 * complain about, so an error names a line and nothing else. `what` names the text.
 */
export function parseValues(component: string, what: string, text: string): JsonObject {
  const fail = (why: string): never => {
    throw new LandfallError('LF-RUNNER-140', `${component}: ${what} ${why}`);
  };
  if (Buffer.byteLength(text) > limit.bytes) fail(`has more than ${limit.bytes} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, { ...kubernetesYaml, lineCounter: lines });
  const broken = document.errors[0]?.pos[0] ?? doubledKey(document);
  if (broken !== undefined) fail(`is not valid YAML (line ${lines.linePos(broken).line})`);
  let aliases = 0;
  visit(document, { Alias: () => (++aliases > maxAliases ? visit.BREAK : undefined) });
  if (aliases > maxAliases) fail(`has more than ${maxAliases} aliases`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    fail('is not valid YAML: an alias in it does not end');
  }
  try {
    return parseJson(canonicalJson(value), jsonObjectSchema, what, limit);
  } catch {
    return fail('is not a map of values');
  }
}

/** Where a key stands that its map has already. */
function doubledKey(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) found ??= key.range?.[0] ?? 0;
        keys.add(key.value);
      }
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}
