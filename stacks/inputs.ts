import { z } from 'zod';
import { installIdSchema, instantSchema, permissionSchema, repositorySchema } from '../contract/index.ts';

const place = {
  installId: installIdSchema,
  accountId: z.string().regex(/^\d{12}$/, 'expected the 12 digits of an AWS account'),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'expected a region such as eu-central-1'),
};

/** `local`: beside the configuration, until the bucket exists. `s3`: the state bucket of the account stack (or one of the customer's own). */
export const backendSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local') }),
  z.object({
    kind: z.literal('s3'),
    bucket: z.string().min(3).max(63).optional(),
    key: z.string().max(200).optional(),
  }),
]);

export const accountInputsSchema = z.strictObject({
  ...place,
  /** The one principal that may assume the install role; never a wildcard, never an account's root. */
  vendorPrincipalArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,512}$/, 'expected the ARN of one role or user'),
  /** Random, per install, made by the vendor's side, never chosen by the customer. */
  externalId: z.string().regex(/^[\w+=,.@:/-]{16,256}$/, 'expected at least 16 characters'),
  /** Absolute: after it the role cannot be assumed, and sessions that still run are denied everything. */
  installExpiresAt: instantSchema,
  /** What the release says its Terraform components need. */
  productPermissions: z.array(permissionSchema).max(100).default([]),
  backend: backendSchema.default({ kind: 's3' }),
});

const nodeGroupSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9]+$/),
  size: z.number().int().min(1).max(100),
});

export const baseInputsSchema = z.strictObject({
  ...place,
  kubernetesVersion: z
    .string()
    .regex(/^1\.\d{2}$/)
    .default('1.34'),
  /** A /16 to /20: three public and three private subnets are cut from it. */
  vpcCidr: z.cidrv4().default('10.64.0.0/16'),
  /** Suffixes of the three zones. */
  zones: z
    .array(z.string().regex(/^[a-z]$/))
    .length(3)
    .default(['a', 'b', 'c']),
  /** Who may reach the cluster's API from outside during the install; empty: the private endpoint only. */
  publicEndpointCidrs: z.array(z.cidrv4()).max(40).default(['0.0.0.0/0']),
  nodeGroups: z
    .array(nodeGroupSchema)
    .min(1)
    .max(10)
    .default([
      { name: 'general', instanceType: 'm6i.large', size: 4 },
      { name: 'large', instanceType: 'm6i.xlarge', size: 2 },
    ]),
  /** Needed before the runner runs; it makes the others itself. */
  repositories: z.array(repositorySchema).max(200).default(['landfall/runner', 'landfall/charts/runner']),
  backend: backendSchema.default({ kind: 's3' }),
});

/** The hand-off for Terraform users. No secret in here: the join token is in a Secret that they make themselves. */
export const kubernetesInputsSchema = z.strictObject({
  ...place,
  chart: z.strictObject({ repository: z.string().startsWith('oci://'), version: z.string().max(64) }),
  values: z.record(z.string(), z.json()).default({}),
  backend: backendSchema.default({ kind: 's3' }),
});

export type Backend = z.infer<typeof backendSchema>;
export type AccountInputs = z.infer<typeof accountInputsSchema>;
export type BaseInputs = z.infer<typeof baseInputsSchema>;
export type KubernetesInputs = z.infer<typeof kubernetesInputsSchema>;
export type AccountInputsGiven = z.input<typeof accountInputsSchema>;
export type BaseInputsGiven = z.input<typeof baseInputsSchema>;
export type KubernetesInputsGiven = z.input<typeof kubernetesInputsSchema>;
