import { type Component, LandfallError } from '../../../contract/index.ts';

/** Every component after those it depends on; otherwise in the order given. */
export function inDependencyOrder(components: readonly Component[]): Component[] {
  const byName = new Map<string, Component>(components.map((component) => [component.name, component]));
  const ordered = new Set<Component>();
  const visit = (component: Component, path: readonly string[]): void => {
    if (ordered.has(component)) return;
    if (path.includes(component.name)) {
      throw new LandfallError(
        'LF-RUNNER-012',
        `components depend on each other in a circle: ${[...path, component.name].join(' -> ')}`,
      );
    }
    for (const name of component.dependsOn) {
      const needed = byName.get(name);
      if (needed === undefined) {
        throw new LandfallError('LF-RUNNER-012', `${component.name} depends on ${name}, which is not in the release`);
      }
      visit(needed, [...path, component.name]);
    }
    ordered.add(component);
  };
  for (const component of components) visit(component, []);
  return [...ordered];
}
