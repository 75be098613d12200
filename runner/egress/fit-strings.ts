import * as z from 'zod';

/**
 * Redaction makes text longer, and a document with one string that its type has no room for is refused by the other side as a whole, whenever it is
 * sent again. So the ends of such strings go, where the type says that they are too long, and nothing else. A cut mark is still no secret.
 */
export function fitStrings(document: unknown, schema: z.ZodType): unknown {
  const result = schema.safeParse(document);
  const room = new Map(result.success ? [] : tooLong(result.error.issues, []));
  if (room.size === 0) return document;
  const walk = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value === 'string') return value.slice(0, room.get(keyOf(path)));
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member, [...path, key])]));
  };
  return walk(document, []);
}

const keyOf = (path: readonly PropertyKey[]): string => JSON.stringify(path);

function tooLong(issues: readonly z.core.$ZodIssue[], at: readonly PropertyKey[]): [string, number][] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((inner) => tooLong(inner, path));
    if (issue.code !== 'too_big' || issue.origin !== 'string') return [];
    return [[keyOf(path), Number(issue.maximum)] satisfies [string, number]];
  });
}
