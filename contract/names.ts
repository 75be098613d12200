import * as z from 'zod';

/** The tag of what a runner has made and may remove again: its value is the prefix of the install. */
export const prefixTag = 'landfall.dev/prefix';

const label = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** Names of products, components, inputs' owners, channels: a DNS label of at most 40 characters, so that a name prefix still fits. */
export const nameSchema = z.string().regex(label, 'expected lower-case letters, digits and "-", at most 40');
export const productNameSchema = nameSchema.brand<'ProductName'>();
export const componentNameSchema = nameSchema.brand<'ComponentName'>();

/** An install's id: a DNS label of at most 20 characters, because AWS names get it as a prefix (IAM roles: 64, node groups: 63). */
export const installIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/, 'expected lower-case letters, digits and "-", at most 20')
  .brand<'InstallId'>();

/** Namespaces and Helm releases: DNS labels (RFC 1123); Helm allows 53 characters. */
export const kubernetesNameSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/);

/** Semantic version 2.0.0 without build metadata (an OCI tag cannot hold `+`). */
export const versionSchema = z
  .string()
  .max(64)
  .regex(
    /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/,
    'expected a semantic version such as 1.4.0',
  );

/** An instant as written on the wire: RFC 3339, UTC, `2026-01-31T23:59:59.000Z`. */
export const instantSchema = z.iso.datetime({ offset: false });

export type ProductName = z.infer<typeof productNameSchema>;
export type ComponentName = z.infer<typeof componentNameSchema>;
export type InstallId = z.infer<typeof installIdSchema>;
