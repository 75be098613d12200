import type { Component, EntityReference, EntityType } from '../../contract/index.ts';
import type { ComponentRecord } from '../components/record.ts';
import { refOfId } from '../components/manifests/identity.ts';
import { accountsNamespaceOf } from '../policy/index.ts';

/** One component and the namespaces that it is in. */
export type Who = { component: string; namespaces: readonly string[] };

/** The service account that everything of a component is applied as. `user`: how the API server calls it. */
export type Account = { namespace: string; name: string; user: string };

export function accountOf(own: string, component: string): Account {
  const namespace = accountsNamespaceOf(own);
  return { namespace, name: component, user: `system:serviceaccount:${namespace}:${component}` };
}

/** null: nothing of it is in the cluster (Terraform's, unless it puts its outputs into a Secret). */
export function whoIs(component: Component): Who | null {
  if (component.kind === 'terraform') {
    const { outputsSecret } = component;
    return outputsSecret === undefined ? null : { component: component.name, namespaces: [outputsSecret.namespace] };
  }
  const more = component.kind === 'manifests' ? component.namespaces : [];
  return { component: component.name, namespaces: [...new Set([component.namespace, ...more])] };
}

/**
 * One account for all entities of a type: they run the same templates in the same namespaces with the same rights, and what somebody writes
 * into a spec is only a value, so that an account for each would keep nothing apart. No component can have its name. `namespaces`: where a type
 * that the release does not have any more has left something.
 */
export function whoAreEntities(
  type: EntityType | null,
  entity: Pick<EntityReference, 'type'>,
  namespaces: readonly string[] = [],
): Who {
  const members = [...(type?.components ?? []), ...(type?.cleanup === undefined ? [] : [type.cleanup])];
  const places = members.flatMap((member) => [member.namespace, ...('namespaces' in member ? member.namespaces : [])]);
  return { component: `${entity.type.toLowerCase()}-entities`, namespaces: [...new Set([...places, ...namespaces])] };
}

/** By what is remembered of a component that no release describes any more. */
export function whoWas(component: string, record: ComponentRecord): Who | null {
  if (record.kind === 'terraform') {
    const place = record.terraform?.outputsSecret;
    return place === undefined ? null : { component, namespaces: [place.namespace] };
  }
  const inventory = (record.inventory ?? []).flatMap((id) => refOfId(id).namespace ?? []);
  const helm = record.helm === null ? [] : [record.helm.namespace];
  return { component, namespaces: [...new Set([...helm, ...inventory])] };
}
