import type { Permission } from '../../contract/index.ts';

/** A statement as IAM has it, as far as it gives something. Conditions are not weighed: a right with a condition counts as given. */
export type GivenStatement = { actions: readonly string[]; resources: readonly string[] };

/** What of a needed statement is not given. */
export type MissingPermission = { sid: string; actions: string[]; resources: string[] };

/**
 * What is needed and not given, statement by statement. Wildcards count on the given side as IAM reads them; a wildcard that is needed is only
 * given by one as wide. `values` fills `${prefix}` and its like; a resource with a name that is not known here is taken as given wherever its
 * action is.
 */
export function permissionGap(
  needed: readonly Permission[],
  given: readonly GivenStatement[],
  values: Readonly<Record<string, string>>,
): MissingPermission[] {
  return needed.flatMap(({ sid, actions, resources }) => {
    const filled = resources.map((resource) => fill(resource, values));
    const isGiven = (action: string, resource: string | null): boolean =>
      given.some(
        (statement) =>
          statement.actions.some((pattern) => covers(pattern.toLowerCase(), action.toLowerCase())) &&
          (resource === null || statement.resources.some((pattern) => covers(pattern, resource))),
      );
    const pairs = actions.flatMap((action) =>
      filled
        .map((resource, i) => ({ action, resource, told: resource ?? resources[i] ?? '' }))
        .filter((pair) => !isGiven(pair.action, pair.resource)),
    );
    if (pairs.length === 0) return [];
    return [
      { sid, actions: unique(pairs.map((pair) => pair.action)), resources: unique(pairs.map((pair) => pair.told)) },
    ];
  });
}

/** null: it names something that is not known here. */
function fill(resource: string, values: Readonly<Record<string, string>>): string | null {
  let known = true;
  const filled = resource.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    known &&= value !== undefined;
    return value ?? '';
  });
  return known ? filled : null;
}

/** IAM's `*` and `?` in the pattern. A `*` in the text is matched by a `*` alone: what is needed everywhere is not given by what is given somewhere. */
export function covers(pattern: string, text: string): boolean {
  // Two fingers, with a way back to the last star: linear for what policies hold, and never exponential.
  let p = 0;
  let star = -1;
  let back = 0;
  for (let t = 0; t < text.length;) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p;
      back = t;
      p += 1;
    } else if (wanted === text[t] || (wanted === '?' && text[t] !== '*')) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      back += 1;
      t = back;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
