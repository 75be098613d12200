import {
  canonicalJson,
  completeInputs,
  type ExpressionScope,
  type JsonObject,
  type Release,
  type SecretPlace,
  secretPlaceOf,
  type SecretReference,
  sha256,
} from '../../contract/index.ts';
import type { AcceptedState, InstallFacts } from '../ports.ts';
import type { LastGood, TargetKey } from './memory/memory.ts';

/** A release with everything its expressions may name. */
export type Definition = {
  key: TargetKey;
  release: Release;
  inputs: JsonObject;
  /** Where the customer keeps the secrets. */
  references: Record<string, SecretReference>;
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
  return { key, release, inputs, references: state.desired.secrets, outputs: {} };
}

export function lastGoodDefinition(lastGood: LastGood): Definition {
  const { key, release, inputs, secrets: references, outputs } = lastGood;
  return { key, release, inputs, references, outputs };
}

export function scopeOf(definition: Definition, install: InstallFacts): ExpressionScope {
  const { id, region, prefix, account } = install;
  const components = Object.fromEntries(
    Object.entries(definition.outputs).map(([name, outputs]) => [name, { outputs }]),
  );
  return {
    inputs: definition.inputs,
    secrets: placesOf(definition.references),
    components,
    install: { id, region, prefix, account },
    ...(definition.entity === undefined ? {} : { entity: definition.entity }),
  };
}

/** Components know a secret only by its place in the cluster. */
function placesOf(references: Readonly<Record<string, SecretReference>>): Record<string, SecretPlace> {
  return Object.fromEntries(
    Object.entries(references).map(([input, reference]) => [input, secretPlaceOf(input, reference)]),
  );
}
