import * as z from 'zod';
import { LandfallError, type SecretPlace, secretPlaceOf, type SecretReference } from '../../../contract/index.ts';
import type { Definition } from '../definition.ts';
import { isReservedNamespace } from '../../policy/index.ts';
import type { Parts } from '../parts.ts';

const secretData = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

/**
 * Secrets that a component's settings name are passed on by name only. Those out of a store are kept as Secrets first; that each is there is
 * checked, and what its value was is remembered as a mark (see follow-secrets). Values are dropped at once.
 */
export async function requireSecrets(
  parts: Pick<Parts, 'namespace' | 'kubernetes' | 'keptSecrets' | 'secretMarks' | 'seenSecrets'>,
  component: string,
  /** As expressionsIn gives them. */
  expressions: readonly string[],
  definition: Definition,
  signal: AbortSignal,
): Promise<void> {
  const names = expressions
    .map((expression) => expression.split('.'))
    .flatMap(([root, name]) => (root === 'secrets' && name !== undefined ? [name] : []));
  const marks = new Map<string, string>();
  for (const input of new Set(names)) {
    const { reference, place } = placedIn(parts, component, input, definition);
    if (reference.store !== 'kubernetes') {
      await keeperOf(parts, input).ensure(input, reference, namespacesOf(definition), signal);
    }
    const { namespace, name, key } = place;
    const secret = await parts.kubernetes.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal });
    const value = secret === null ? undefined : secretData.parse(secret).data[key];
    if (value === undefined)
      throw missing(`${component} needs the key ${key} of Secret ${namespace}/${name} (input ${input})`);
    // Two places with the same value are told apart.
    if (parts.secretMarks !== undefined)
      marks.set(input, parts.secretMarks.of(`${namespace}/${name}/${key}\n${value}`));
  }
  parts.seenSecrets.set(component, marks);
}

/** What variables of a component are taken from: variable -> the Secret that its secret input names. */
export function secretsNamed(
  parts: Pick<Parts, 'namespace'>,
  component: string,
  variables: Readonly<Record<string, string>>,
  definition: Definition,
): Record<string, SecretPlace> {
  return Object.fromEntries(
    Object.entries(variables).map(([variable, input]) => [
      variable,
      placedIn(parts, component, input, definition).place,
    ]),
  );
}

/** The runner reads it with its own rights: its own Secrets, and Kubernetes' own, are nobody's input (LF-RUNNER-071). */
function placedIn(
  parts: Pick<Parts, 'namespace'>,
  component: string,
  input: string,
  definition: Definition,
): { reference: SecretReference; place: SecretPlace } {
  const reference = definition.references[input];
  if (reference === undefined) throw missing(`the secret input ${input} of ${component} has no reference`);
  const place = secretPlaceOf(input, reference);
  if (!isReservedNamespace(place.namespace, parts.namespace)) return { reference, place };
  const message = `the secret input ${input} of ${component} is in the namespace ${place.namespace}`;
  throw new LandfallError('LF-RUNNER-071', message);
}

function namespacesOf({ release }: Definition): ReadonlySet<string> {
  return new Set(release.components.flatMap((each) => (each.kind === 'terraform' ? [] : [each.namespace])));
}

function keeperOf({ keptSecrets }: Pick<Parts, 'keptSecrets'>, input: string): NonNullable<Parts['keptSecrets']> {
  if (keptSecrets !== undefined) return keptSecrets;
  throw missing(`the secret input ${input} is in a store that this runner has no way to`);
}

function missing(message: string): LandfallError {
  return new LandfallError('LF-RUNNER-011', message, { temporary: true });
}
