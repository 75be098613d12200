import * as z from 'zod';
import { jsonObjectSchema } from './json.ts';

/** Named in `critical` of a desired state that has a reference into AWS Secrets Manager. */
export const awsSecretsFeature = 'secrets-aws';

const inputName = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/, 'expected letters and digits, at most 40');

export const secretInputSchema = z.object({
  name: inputName,
  description: z.string().max(300),
  /**
   * When the customer changes the value: `restart` rolls the workloads of the components that are given it; `tell` only says so, for components
   * that read it anew by themselves. Absent: `restart`.
   */
  onRotation: z.enum(['restart', 'tell']).optional(),
});

/** What components are given of a secret input: a Secret of the cluster and the key in it. */
export const secretPlaceSchema = z.object({
  store: z.literal('kubernetes'),
  namespace: z.string().max(63),
  name: z.string().max(253),
  key: z.string().max(253),
});

/** Critical feature `secrets-aws`. */
const awsSecretSchema = z.object({
  store: z.literal('aws-secrets-manager'),
  /** In the account and region of the install; the runner may read what begins with the install's prefix and "/". */
  secretId: z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/),
  /** Of a value that is a JSON object. Absent: the whole value. */
  field: z.string().min(1).max(253).optional(),
  /** One of the product's, in which the runner keeps the value as a Secret for the components (see secretPlaceOf). */
  namespace: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
});

/** Where a secret input's value lives in the customer's own store; the value itself never appears in any document. */
export const secretReferenceSchema = z.discriminatedUnion('store', [secretPlaceSchema, awsSecretSchema]);

export const inputsSchema = z.object({
  /** JSON Schema (draft 2020-12) of an object; defaults in it are applied. */
  schema: jsonObjectSchema,
  secrets: z.array(secretInputSchema).max(50).default([]),
});

export type SecretPlace = z.infer<typeof secretPlaceSchema>;
export type AwsSecretReference = z.infer<typeof awsSecretSchema>;
export type SecretReference = z.infer<typeof secretReferenceSchema>;
export type Inputs = z.infer<typeof inputsSchema>;

/** Of every Secret that the runner keeps for an input out of a store; the name is followed by that of the input. */
export const keptSecretPrefix = 'landfall-secret-';

/** Where components find a secret input, whichever store it comes from. Two inputs never share a place: input names have no "-". */
export function secretPlaceOf(input: string, reference: SecretReference): SecretPlace {
  if (reference.store === 'kubernetes') return reference;
  const name = keptSecretPrefix + input.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { store: 'kubernetes', namespace: reference.namespace, name, key: 'value' };
}

/** What a runner must know to follow these references. */
export function criticalFeaturesOfSecrets(secrets: Readonly<Record<string, SecretReference>>): string[] {
  return Object.values(secrets).some(({ store }) => store === 'aws-secrets-manager') ? [awsSecretsFeature] : [];
}
