import { type DesiredState, LandfallError, type Release, secretPlaceOf } from '../../contract/index.ts';
import { whoIs } from '../accounts/index.ts';
import { isReservedNamespace } from '../policy/index.ts';

/**
 * The runner may write and read in every namespace, so that whoever reached its own, or Kubernetes' own, could take its rights over: a component
 * that is put there, outputs that are written there, a right to what is there (admission does not see who reads), a secret input that is read from
 * there and given to a component. LF-RUNNER-071.
 */
export function requireOwnNamespaces(release: Release, secrets: DesiredState['secrets'], own: string): void {
  const { product, version } = release;
  const refuse = (what: string, namespaces: readonly string[]): void => {
    const reserved = namespaces.find((each) => isReservedNamespace(each, own));
    if (reserved !== undefined) throw new LandfallError('LF-RUNNER-071', `${what} the namespace ${reserved}`);
  };
  for (const component of release.components)
    refuse(`${product} ${version} puts ${component.name} into`, whoIs(component)?.namespaces ?? []);
  const members = (release.entityTypes ?? []).flatMap(({ components }) => components);
  for (const component of [...release.components, ...members]) {
    const rights = 'rights' in component ? (component.rights ?? []) : [];
    const places = rights.flatMap(({ namespaces = [] }) => namespaces);
    refuse(`${component.name} of ${product} ${version} asks for rights in`, places);
  }
  for (const [input, reference] of Object.entries(secrets))
    refuse(`the secret input ${input} is in`, [secretPlaceOf(input, reference).namespace]);
}
