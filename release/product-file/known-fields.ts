import * as z from 'zod';
import { productFileSchema } from '../../contract/index.ts';

const anyObject = z.record(z.string(), z.unknown());

/** The fields that landfall.yaml may have where `path` leads; empty where anything may stand. `value` is the file: its `kind`s choose among alternatives. */
export function knownFields(path: readonly PropertyKey[], value: unknown): string[] {
  let schema: unknown = z.toJSONSchema(productFileSchema, { io: 'input', unrepresentable: 'any' });
  let at = value;
  for (const part of path) {
    const here = alternative(schema, at);
    const { properties, items } = here;
    schema = typeof part === 'number' ? items : member(properties, part);
    at = member(at, part);
  }
  return Object.keys(asObject(alternative(schema, at)['properties']));
}

/** Of several schemas the one whose constants the value has. */
function alternative(schema: unknown, value: unknown): Record<string, unknown> {
  const here = asObject(schema);
  const choices = here['oneOf'] ?? here['anyOf'];
  if (!Array.isArray(choices)) return here;
  const schemas = choices.map(asObject).filter((choice) => choice['properties'] !== undefined);
  const fits = schemas.find((choice) =>
    Object.entries(asObject(choice['properties'])).every(([name, property]) => {
      const constant = asObject(property)['const'];
      return constant === undefined || constant === member(value, name);
    }),
  );
  return fits ?? {};
}

/** The name that is at most two letters away, if there is one: what was probably meant. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((candidate) => ({ candidate, distance: distance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 2 ? best.candidate : undefined;
}

/** Levenshtein's, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function member(value: unknown, name: PropertyKey): unknown {
  if (Array.isArray(value)) return typeof name === 'number' ? value[name] : undefined;
  return asObject(value)[String(name)];
}

function asObject(value: unknown): Record<string, unknown> {
  return anyObject.safeParse(value).data ?? {};
}
