import type { StateKey } from './backend.ts';

/** Where the state of a product's component is; the base layer's has a place of its own. */
export function stateKeyOf(component: string): StateKey {
  return `components/${component}/terraform.tfstate`;
}
