import { LandfallError, type ProductFile, type ProductFileComponent } from '../../contract/index.ts';

/** The components so that each comes after what it depends on, otherwise in the file's order (LF-RELEASE-002). */
export function inDependencyOrder(product: ProductFile): ProductFileComponent[] {
  const byName = new Map(product.components.map((component) => [String(component.name), component]));
  if (byName.size !== product.components.length) {
    const names = product.components.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    throw new LandfallError('LF-RELEASE-002', `two components are named ${twice}`);
  }
  const ordered: ProductFileComponent[] = [];
  const done = new Set<string>();
  const visit = (component: ProductFileComponent, way: readonly string[]): void => {
    if (done.has(component.name)) return;
    if (way.includes(component.name)) {
      const circle = [...way.slice(way.indexOf(component.name)), component.name].join(' -> ');
      throw new LandfallError('LF-RELEASE-002', `components depend on each other in a circle: ${circle}`);
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
  for (const component of product.components) visit(component, []);
  return ordered;
}
