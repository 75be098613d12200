import * as z from 'zod';
import { installIdSchema, instantSchema, permissionSchema } from '../contract/index.ts';

const keyArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'expected the ARN of a KMS key')
  .or(z.literal(''))
  .default('');

/** What both stacks are told about an install, and must be told alike. */
export const sharedInputs = {
  installId: installIdSchema,
  accountId: z.string().regex(/^\d{12}$/, 'expected the 12 digits of an AWS account'),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'expected a region such as eu-central-1'),
  /** Every name begins with it; empty: `lf-<installId>`. Short, since IAM's and S3's names are (64 and 63 characters). */
  namePrefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,23}$/, 'expected at most 24 lower-case letters, digits and "-"')
    // ECR takes no name like `a--b/` or `a-/`, and would say so when half of the install is made.
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'expected no "-" at the end, and no two in a row')
    .or(z.literal(''))
    .default(''),
  /** The customer's own tags, beside `landfall:install`. */
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
  /** full: everything is made. vpc: into the customer's network. cluster: onto the customer's cluster. */
  mode: z.enum(['full', 'vpc', 'cluster']).default('full'),
  /** node-groups: managed, Bottlerocket. auto: EKS Auto Mode. */
  nodeProfile: z.enum(['node-groups', 'auto']).default('node-groups'),
  /** Mode `cluster`: the customer's. Otherwise empty: named as the prefix. */
  clusterName: z
    .string()
    .regex(/^[0-9A-Za-z][\w-]{0,99}$/, 'expected the name of an EKS cluster')
    .or(z.literal(''))
    .default(''),
  /** The customer's own keys; empty: made by the account stack. */
  stateKmsKeyArn: keyArn,
  clusterKmsKeyArn: keyArn,
  /** closed: the install role and its way into the cluster are gone. */
  installAccess: z.enum(['open', 'closed']).default('open'),
};

const principalSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('vendor'),
    /** The one principal that may assume the install role; never a wildcard, never an account's root. */
    arn: z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,512}$/, 'expected the ARN of one role or user'),
    /** Random, per install, made by the vendor's side, never chosen by the customer. */
    externalId: z.string().regex(/^[\w+=,.@:/-]{16,256}$/, 'expected at least 16 characters'),
  }),
  z.strictObject({
    kind: z.literal('codebuild'),
    /** The one-shot job in the customer's own account: no outside principal at all. */
    project: z.string().regex(/^[A-Za-z0-9][\w-]{1,254}$/, 'expected the name of a CodeBuild project'),
  }),
]);

export const accountInputsSchema = z.strictObject({
  ...sharedInputs,
  installPrincipal: principalSchema,
  /** Absolute: after it the role cannot be assumed, and sessions that still run are denied everything. */
  installExpiresAt: instantSchema,
  /** open: a role for the removal exists, for people of the account. */
  teardownAccess: z.enum(['open', 'closed']).default('closed'),
  /** The customer's own boundary, put on every role instead of ours; ours is kept as a policy of denials. */
  permissionsBoundaryArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/, 'expected the ARN of a policy')
    .or(z.literal(''))
    .default(''),
  /** Whether the runner may read who has access to the account, for the seal. */
  census: z.boolean().default(true),
  /** What the release says its Terraform components need. */
  productPermissions: z.array(permissionSchema).max(100).default([]),
});

/** The hand-off for Terraform users. No secret in here: the join token is in a Secret that they make themselves. */
export const kubernetesInputsSchema = z.strictObject({
  installId: sharedInputs.installId,
  accountId: sharedInputs.accountId,
  region: sharedInputs.region,
  namePrefix: sharedInputs.namePrefix,
  clusterName: sharedInputs.clusterName,
  chart: z.strictObject({ repository: z.string().startsWith('oci://'), version: z.string().max(64) }),
  values: z.record(z.string(), z.json()).default({}),
});

export type AccountInputs = z.infer<typeof accountInputsSchema>;
export type KubernetesInputs = z.infer<typeof kubernetesInputsSchema>;
export type AccountInputsGiven = z.input<typeof accountInputsSchema>;
export type KubernetesInputsGiven = z.input<typeof kubernetesInputsSchema>;
