import {
  canonicalJson,
  completeInputs,
  type ExpressionScope,
  type JsonObject,
  LandfallError,
  type Release,
  type SecretReference,
  sha256,
} from '../../contract/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { AcceptedState, InstallFacts } from '../ports.ts';
import type { LastGood, TargetKey } from './memory.ts';
import { z } from 'zod';

/** A release with everything its expressions may name. */
export type Definition = {
  key: TargetKey;
  release: Release;
  inputs: JsonObject;
  secrets: Record<string, SecretReference>;
  /** Outputs by component; filled while going forward, a snapshot otherwise. */
  outputs: Record<string, JsonObject>;
  /** In whose components expressions stand; absent in those of the release itself. */
  entity?: ExpressionScope['entity'];
};

export function targetKeyOf(state: AcceptedState): TargetKey | null {
  const { desired, releaseDigest } = state;
  if (desired.release === null || releaseDigest === null) return null;
  const inputsDigest = sha256(canonicalJson({ inputs: desired.inputs, secrets: desired.secrets }));
  return { version: desired.release.version, digest: releaseDigest, inputsDigest };
}

export function wantedDefinition(key: TargetKey, release: Release, state: AcceptedState): Definition {
  const inputs = completeInputs(release.inputs.schema, state.desired.inputs);
  return { key, release, inputs, secrets: state.desired.secrets, outputs: {} };
}

export function lastGoodDefinition(lastGood: LastGood): Definition {
  const { key, release, inputs, secrets, outputs } = lastGood;
  return { key, release, inputs, secrets, outputs };
}

export function scopeOf(definition: Definition, install: InstallFacts): ExpressionScope {
  const { id, region, prefix, account } = install;
  const components = Object.fromEntries(
    Object.entries(definition.outputs).map(([name, outputs]) => [name, { outputs }]),
  );
  return {
    inputs: definition.inputs,
    secrets: definition.secrets,
    components,
    install: { id, region, prefix, account },
    ...(definition.entity === undefined ? {} : { entity: definition.entity }),
  };
}

const secretData = z.looseObject({ data: z.record(z.string(), z.unknown()).default({}) });

/** Secrets that a component's settings name are passed on by name only; that they exist is checked, their values are dropped at once. */
export async function requireSecrets(
  kubernetes: Kubernetes,
  component: string,
  /** As expressionsIn gives them. */
  expressions: readonly string[],
  definition: Definition,
  signal: AbortSignal,
): Promise<void> {
  const names = expressions
    .map((expression) => expression.split('.'))
    .flatMap(([root, name]) => (root === 'secrets' && name !== undefined ? [name] : []));
  for (const name of new Set(names)) {
    const reference = definition.secrets[name];
    if (reference === undefined) throw missing(`the secret input ${name} of ${component} has no reference`);
    const { namespace, name: secretName, key } = reference;
    const secret = await kubernetes.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secretName }, { signal });
    const there = secret !== null && Object.hasOwn(secretData.parse(secret).data, key);
    if (!there) throw missing(`${component} needs the key ${key} of Secret ${namespace}/${secretName} (input ${name})`);
  }
}

/** What variables of a component are taken from: variable -> the Secret that its secret input names. */
export function secretsNamed(
  component: string,
  variables: Readonly<Record<string, string>>,
  definition: Definition,
): Record<string, SecretReference> {
  return Object.fromEntries(
    Object.entries(variables).map(([variable, input]) => {
      const reference = definition.secrets[input];
      if (reference === undefined) throw missing(`the secret input ${input} of ${component} has no reference`);
      return [variable, reference];
    }),
  );
}

function missing(message: string): LandfallError {
  return new LandfallError('LF-RUNNER-011', message, { temporary: true });
}
