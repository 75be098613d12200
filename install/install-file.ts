import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import {
  digestSchema,
  installIdSchema,
  instantSchema,
  jsonObjectSchema,
  LandfallError,
  nameSchema,
  parseValue,
  permissionSchema,
  repositorySchema,
  runnerPolicySchema,
} from '../contract/index.ts';

const artifact = z.strictObject({ repository: repositorySchema, digest: digestSchema });

/** Options that both stacks must be told alike: given under `accountOptions` or `base`, they count for both. */
const sharedOptions = {
  nodeProfile: z.enum(['node-groups', 'auto']).optional(),
  clusterName: z.string().optional(),
  stateKmsKeyArn: z.string().optional(),
  clusterKmsKeyArn: z.string().optional(),
};
export const sharedOptionsSchema = z.object(sharedOptions);

/** What both sides agree on before an install: the customer's admin and the vendor's installer read the same file. */
export const installFileSchema = z.strictObject({
  install: installIdSchema,
  product: nameSchema,
  account: z
    .string({ error: 'expected the 12 digits of an AWS account, in quotes' })
    .regex(/^\d{12}$/, 'expected the 12 digits of an AWS account, in quotes'),
  region: z.string().max(32),
  access: z.union(
    [
      /** Who may assume the install role: one principal outside, with its ExternalId ... */
      z.strictObject({ principal: z.string().max(600), externalId: z.string().max(256), expiresAt: instantSchema }),
      /** ... or the one-shot job in the account itself. */
      z.strictObject({ project: z.string().max(255), expiresAt: instantSchema }),
    ],
    'expected { principal, externalId, expiresAt } for a principal outside, or { project, expiresAt } for the job inside; expiresAt as "2030-01-31T12:00:00Z", in quotes',
  ),
  mode: z.enum(['full', 'vpc', 'cluster']).default('full'),
  /** Every name in the account begins with it; without it: lf-<install>. */
  namePrefix: z.string().max(24).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  /** Of the account stack (stacks/README.md); what the base stack must know too, it is told. */
  accountOptions: z
    .strictObject({ ...sharedOptions, permissionsBoundaryArn: z.string().optional(), census: z.boolean().optional() })
    .default({}),
  /** The permissions of the release's Terraform components. */
  permissions: z.array(permissionSchema).max(100).default([]),
  /** More inputs of the base stack (stacks/README.md). */
  base: jsonObjectSchema.default({}),
  controlPlane: z.strictObject({ url: z.url(), caFile: z.string().optional() }),
  vendorRegistry: z.strictObject({ host: z.string().max(255), caFile: z.string().optional() }),
  runner: z.strictObject({
    image: artifact,
    chart: z.union([artifact, z.strictObject({ path: z.string() })]),
    values: jsonObjectSchema.optional(),
    aws: z.strictObject({ endpointUrl: z.url().optional(), podIdentityUri: z.url().optional() }).optional(),
  }),
  /** Files with public keys (PEM). */
  trust: z.strictObject({
    releaseKeyFiles: z.array(z.string()).min(1).max(10),
    desiredStateKeyFiles: z.array(z.string()).min(1).max(10),
  }),
  policy: runnerPolicySchema.partial().optional(),
  /** Where the customer's registry has a certificate of no public authority. */
  accountRegistryCaFile: z.string().optional(),
  extraCaFile: z.string().optional(),
  /** The runner's way out of its network. A login lies in a Secret of the runner's namespace (`username`, `password`). */
  proxy: z
    .strictObject({
      https: z
        .url({ protocol: /^https?$/ })
        .refine(
          (url) => !url.includes('@'),
          'expected an address without a login: that belongs into credentialsSecret',
        ),
      noProxy: z.string().max(10_000).optional(),
      credentialsSecret: nameSchema.optional(),
    })
    .optional(),
});

export type InstallFile = z.infer<typeof installFileSchema> & {
  /** Paths in the file are relative to the file itself. */
  readText: (path: string) => Promise<string>;
  pathOf: (path: string) => string;
};

export async function readInstallFile(path: string): Promise<InstallFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-INSTALL-007', `cannot read the install file ${path}`, { cause });
  });
  let value: unknown;
  try {
    // No aliases: a few lines of them can grow to gigabytes.
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-INSTALL-007', `${path} is not valid YAML: ${why}`, { cause });
  }
  const pathOf = (name: string): string => resolve(dirname(path), name);
  const readText = (name: string): Promise<string> =>
    readFile(pathOf(name), 'utf8').catch((cause: unknown) => {
      throw new LandfallError('LF-INSTALL-007', `${path} names ${name}, which cannot be read`, { cause });
    });
  return { ...parseValue(value, installFileSchema, path), readText, pathOf };
}
