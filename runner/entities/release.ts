import {
  canonicalJson,
  completer,
  describeError,
  type Entity,
  type EntityType,
  type JsonObject,
  LandfallError,
  sha256,
} from '../../contract/index.ts';
import { fingerprintOf } from '../components/fingerprint.ts';
import { type Definition, lastGoodDefinition } from '../reconcile/definition.ts';
import type { LastGood } from '../reconcile/memory/memory.ts';
import { type TypeOrder, typeOrder } from './decide.ts';

/** The release in force, as its entities see it. */
export type ReleaseInForce = {
  lastGood: LastGood;
  types: ReadonlyMap<string, EntityType>;
  order: TypeOrder;
  /** Of all that a type's entities are made from, beside their own spec; undefined: there is no such type. */
  fingerprintOf(type: string): string | undefined;
  /** The spec with the type's defaults; LF-RUNNER-181 where it does not fit. */
  completeSpec(type: EntityType, spec: JsonObject): JsonObject;
};

export function describeRelease(lastGood: LastGood): ReleaseInForce {
  const { release, inputs, secrets, outputs } = lastGood;
  const types = release.entityTypes ?? [];
  // A release that changes nothing of a type touches none of its entities.
  const prints = new Map(types.map((type) => [type.name, fingerprintOf({ type, inputs, secrets, outputs })]));
  const completers = new Map<string, (spec: JsonObject) => JsonObject>();
  return {
    lastGood,
    types: new Map(types.map((type) => [type.name, type])),
    order: typeOrder(types),
    fingerprintOf: (type) => prints.get(type),
    completeSpec: (type, spec) => {
      try {
        // To read a schema takes longer than to check hundreds of specs.
        const complete = completers.get(type.name) ?? completer(type.schema, 'spec');
        completers.set(type.name, complete);
        return complete(spec);
      } catch (cause) {
        throw new LandfallError('LF-RUNNER-181', `${type.name}: ${describeError(cause)}`, { cause });
      }
    },
  };
}

/** The release in force with one entity in its scope; what the entity is made from is part of what is aimed at. */
export function definitionOf(lastGood: LastGood, { type, name, spec, generation }: Entity): Definition {
  const definition = lastGoodDefinition(lastGood);
  const { inputsDigest: before } = definition.key;
  const inputsDigest = sha256(canonicalJson({ type, name, spec, generation, before }));
  return { ...definition, key: { ...definition.key, inputsDigest }, entity: { type, name, spec } };
}
