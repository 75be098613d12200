import type { Json, JsonObject } from '../../../contract/index.ts';

/** As Helm merges values: maps are merged, everything else is replaced; null stays, since it takes a chart's default away. */
export function mergeValues(under: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map(Object.entries(under));
  for (const [name, value] of Object.entries(over)) {
    const below = merged.get(name);
    merged.set(name, isMap(below) && isMap(value) ? mergeValues(below, value) : value);
  }
  // Not by assignment: a value may be named `__proto__`.
  return Object.fromEntries(merged);
}

/** `a.b` and a value -> { a: { b: value } }. `\.` is a dot in a name. */
export function valueAt(path: string, value: Json): JsonObject {
  const names = path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
  const whole = names.reduceRight<Json>((inner, name) => Object.fromEntries([[name, inner]]), value);
  return isMap(whole) ? whole : {};
}

function isMap(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
