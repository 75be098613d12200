/** How many components may be settled at a time, and how many of them Terraform's: a provider of a large cloud takes most of the memory there is. */
export type Width = { components: number; terraform: number };

export const usualWidth: Width = { components: 8, terraform: 1 };

/** As many as the customer's policy lets be in change: each takes its place until it is healthy. */
export function narrowed(width: Width, maxDisruption: number | undefined): Width {
  return { ...width, components: Math.min(width.components, maxDisruption ?? width.components) };
}

/** `dependencies-first`: a component after what it depends on. `dependents-first`: after what depends on it. */
export type Order = 'dependencies-first' | 'dependents-first';

export type Node = { readonly name: string; readonly dependsOn: readonly string[]; readonly kind: string };

export type Standing = {
  /** In dependency order (see inDependencyOrder). */
  components: readonly Node[];
  order: Order;
  width: Width;
  running: ReadonlySet<string>;
  over: ReadonlySet<string>;
};

/** Pure: what begins now. Always the same for the same standing, so that a component never waits for one it has nothing to do with but for room. */
export function nextToBegin({ components, order, width, running, over }: Standing): string[] {
  const inOrder = order === 'dependencies-first' ? components : components.toReversed();
  const begin: string[] = [];
  let rooms = width.components - running.size;
  let terraformRooms =
    width.terraform - components.filter(({ name, kind }) => isTerraform(kind) && running.has(name)).length;
  for (const component of inOrder) {
    if (rooms <= 0) break;
    if (running.has(component.name) || over.has(component.name)) continue;
    if (!precursors(components, component, order).every((name) => over.has(name))) continue;
    if (isTerraform(component.kind)) {
      if (terraformRooms <= 0) continue;
      terraformRooms -= 1;
    }
    rooms -= 1;
    begin.push(component.name);
  }
  return begin;
}

function precursors(components: readonly Node[], component: Node, order: Order): readonly string[] {
  if (order === 'dependencies-first') return component.dependsOn;
  return components.filter(({ dependsOn }) => dependsOn.includes(component.name)).map(({ name }) => name);
}

function isTerraform(kind: string): boolean {
  return kind === 'terraform';
}
