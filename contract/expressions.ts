import { LandfallError } from './errors/landfall-error.ts';
import type { SecretPlace } from './inputs.ts';
import type { Json, JsonObject } from './json.ts';

/** What an expression may name. `inputs` are complete (see completeInputs); outputs are those of components applied already. */
export type ExpressionScope = {
  inputs: JsonObject;
  secrets: Readonly<Record<string, SecretPlace>>;
  components: Readonly<Record<string, { outputs: JsonObject }>>;
  install: { id: string; region: string; prefix: string; account: string };
  /** Only in the components of an entity's type. */
  entity?: { type: string; name: string; spec: JsonObject } | undefined;
};

type Part = { text: string } | { path: string[] };

/** `inputs.engines.batch`: a root and at least one name below it. */
const pathGrammar = /^(?:inputs|secrets|components|install|entity)(?:\.[A-Za-z0-9_-]+)+$/;

/**
 * Replaces every `${...}` in the strings of `value`. A string that is one expression takes over the value's type; inside other text only
 * strings, numbers and booleans may stand (LF-CONTRACT-012). `$${` is a literal `${`. Names that do not exist: LF-CONTRACT-010. Keys stay as they are.
 */
export function resolveExpressions(value: Json, scope: ExpressionScope): Json {
  return mapStrings(value, (text) => resolveString(text, scope));
}

/** As resolveExpressions, for an object: the result is one too. */
export function resolveObject(value: JsonObject, scope: ExpressionScope): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveExpressions(item, scope)]));
}

/** Every expression in `value`, once each, in order of appearance, without its braces: `components.bucket.outputs.bucketName`. */
export function expressionsIn(value: Json): string[] {
  const found = new Set<string>();
  mapStrings(value, (text) => {
    for (const part of split(text)) if ('path' in part) found.add(part.path.join('.'));
    return text;
  });
  return [...found];
}

/** The component whose output an expression names, or undefined when it names something else. */
export function componentOf(expression: string): string | undefined {
  const [root, name] = expression.split('.');
  return root === 'components' ? name : undefined;
}

function mapStrings(value: Json, change: (text: string) => Json): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}

function resolveString(text: string, scope: ExpressionScope): Json {
  const parts = split(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'path' in only) return structuredClone(lookUp(only.path, scope));
  return parts.map((part) => ('text' in part ? part.text : asText(part.path, lookUp(part.path, scope)))).join('');
}

/** Literal text and expressions in turn; one pass, no backtracking. */
function split(text: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('${', at);
    if (open < 0) break;
    if (open > at && text[open - 1] === '$') {
      literal += `${text.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    const close = text.indexOf('}', open);
    const inner = close < 0 ? text.slice(open + 2) : text.slice(open + 2, close);
    if (close < 0 || !pathGrammar.test(inner)) throw malformed(inner);
    literal += text.slice(at, open);
    if (literal !== '') parts.push({ text: literal });
    literal = '';
    parts.push({ path: inner.split('.') });
    at = close + 1;
  }
  literal += text.slice(at);
  if (literal !== '' || parts.length === 0) parts.push({ text: literal });
  return parts;
}

function lookUp(path: string[], scope: ExpressionScope): Json {
  let value: Json = rootOf(scope);
  for (const [i, name] of path.entries()) {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name)) {
      throw new LandfallError(
        'LF-CONTRACT-010',
        `\${${path.join('.')}} names nothing: there is no ${path.slice(0, i + 1).join('.')}`,
      );
    }
    value = value[name] ?? null;
  }
  return value;
}

function rootOf(scope: ExpressionScope): JsonObject {
  return {
    inputs: scope.inputs,
    secrets: { ...scope.secrets },
    components: Object.fromEntries(Object.entries(scope.components).map(([name, { outputs }]) => [name, { outputs }])),
    install: { ...scope.install },
    ...(scope.entity === undefined ? {} : { entity: { ...scope.entity } }),
  };
}

function asText(path: string[], value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  throw new LandfallError('LF-CONTRACT-012', `\${${path.join('.')}} is ${kind} and cannot stand inside other text`);
}

function malformed(inner: string): LandfallError {
  const shown = inner.length > 60 ? `${inner.slice(0, 60)}...` : inner;
  return new LandfallError(
    'LF-CONTRACT-011',
    `\${${shown} is not an expression: expected \${inputs.x}, \${secrets.x.name}, \${components.c.outputs.o}, \${install.x} or \${entity.spec.x}`,
  );
}
