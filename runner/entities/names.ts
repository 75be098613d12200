import { type ComponentName, componentNameSchema, type EntityReference, sha256 } from '../../contract/index.ts';

const longest = 40;

/** `streams-orders`: of an entity. In the cluster a type's name is in lower case. */
export function nameOfEntity({ type, name }: EntityReference): ComponentName {
  return fitted(`${type.toLowerCase()}-${name}`);
}

/**
 * `streams-orders-app`: of one component of an entity; it labels what the component makes. Neither a type nor a component has a hyphen, so that
 * no two are the same. One that is too long for a label ends in its digest.
 */
export function nameOfMember({ type, name }: EntityReference, member: string): ComponentName {
  return fitted(`${type.toLowerCase()}-${name}-${member}`);
}

function fitted(full: string): ComponentName {
  const digest = sha256(full).slice('sha256:'.length, 'sha256:'.length + 10);
  return componentNameSchema.parse(full.length <= longest ? full : `${full.slice(0, longest - 11)}-${digest}`);
}
