import { type IResolvable, type ITerraformDependable, type TerraformElement, Token } from 'cdktf';

/**
 * The modules decide by variables, so most attributes are Terraform expressions: `local.prefix`, `each.key`. These put one
 * where a binding wants a list, a number or a flag.
 */
export const text = (expression: string): string => `\${${expression}}`;
export const list = (expression: string): string[] => Token.asList(text(expression));
export const number = (expression: string): number => Token.asNumber(text(expression));
export const flag = (expression: string): IResolvable => Token.asAny(text(expression));
export const map = (expression: string): Record<string, string> => Token.asStringMap(text(expression));

/** `Name` beside the tags that every resource gets from the provider. */
export const named = (name: string): { tags: Record<string, string> } => ({
  tags: { Name: `\${local.prefix}-${name}` },
});

/** What is waited for, by its address. */
export const after = (...addresses: string[]): { dependsOn: ITerraformDependable[] } => ({
  dependsOn: addresses.map((fqn) => ({ fqn })),
});

/** The resource under a plain name: the address is what runner, teardown and adoption rely on. */
export function called<T extends TerraformElement>(name: string, resource: T): T {
  resource.overrideLogicalId(name);
  return resource;
}

/** Exists only where the condition holds: its address ends in `[0]`. */
export function onlyIf<T extends TerraformElement>(condition: string, resource: T): T {
  resource.addOverride('count', text(`${condition} ? 1 : 0`));
  return resource;
}

/** One for each key of the map or set: its address ends in `["key"]`. */
export function forEach<T extends TerraformElement>(collection: string, resource: T): T {
  resource.addOverride('for_each', text(collection));
  return resource;
}
