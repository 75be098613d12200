import type { DriftRule } from '../../contract/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';

/** The rules that hold for this object. */
export function rulesFor(object: KubeObject, rules: readonly DriftRule[]): DriftRule[] {
  return rules.filter(
    ({ kind, name }) =>
      (kind === undefined || kind === object.kind) && (name === undefined || name === object.metadata.name),
  );
}

/** Whether a field is what a rule names, or lies in it. */
export function isIgnored(field: string, rules: readonly DriftRule[]): boolean {
  return rules.some(({ path }) => field === path || field.startsWith(`${path}/`));
}

/**
 * The object as it is to be applied: ignored fields as they are now. To leave them out would take them away, where Helm is the only one who set them.
 */
export function withIgnored(object: KubeObject, live: KubeObject, rules: readonly DriftRule[]): KubeObject {
  const merged = structuredClone(object);
  for (const { path } of rules) put(merged, live, namesIn(path));
  return merged;
}

function put(target: unknown, live: unknown, [name, ...rest]: readonly string[]): void {
  if (name === undefined || !isObject(target)) return;
  const mine = of(target, name);
  const other = Array.isArray(target) ? itemLike(mine, live, name) : of(live, name);
  if (rest.length > 0) {
    // Nothing below is wanted by the chart: there is nothing to keep either.
    put(mine, other, rest);
    return;
  }
  if (mine === undefined) return;
  if (other === undefined) Reflect.deleteProperty(target, name);
  else Reflect.set(target, name, structuredClone(other));
}

/** In a list, the item with the same name, which others' items may have moved; else the one at this place. */
function itemLike(mine: unknown, live: unknown, index: string): unknown {
  const name = of(mine, 'name');
  const named =
    Array.isArray(live) && name !== undefined ? live.find((item: unknown) => of(item, 'name') === name) : undefined;
  return named ?? of(live, index);
}

function namesIn(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function of(value: unknown, name: string): unknown {
  return isObject(value) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}
