import { LandfallError } from '../../contract/index.ts';

/** The components so that each comes after what it depends on, otherwise in the file's order (LF-RELEASE-002). The same for types of entities and for their components. */
export function inDependencyOrder<T extends { name: string; dependsOn: readonly string[] }>(
  components: readonly T[],
  what = 'components',
): T[] {
  const byName = new Map<string, T>(components.map((component) => [component.name, component]));
  if (byName.size !== components.length) {
    const names = components.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    throw new LandfallError('LF-RELEASE-002', `two ${what} are named ${twice}`);
  }
  const ordered: T[] = [];
  const done = new Set<string>();
  const visit = (component: T, way: readonly string[]): void => {
    if (done.has(component.name)) return;
    if (way.includes(component.name)) {
      const circle = [...way.slice(way.indexOf(component.name)), component.name].join(' -> ');
      throw new LandfallError('LF-RELEASE-002', `${what} depend on each other in a circle: ${circle}`);
    }
    for (const name of component.dependsOn) {
      const other = byName.get(name);
      if (other === undefined) {
        throw new LandfallError('LF-RELEASE-002', `${component.name} depends on ${name}, which is not in this file`);
      }
      visit(other, [...way, component.name]);
    }
    done.add(component.name);
    ordered.push(component);
  };
  for (const component of components) visit(component, []);
  return ordered;
}
