import * as z from 'zod';
import { documentHead } from './critical.ts';
import { digestSchema } from './digest.ts';
import { installIdSchema, instantSchema } from './names.ts';

/** Where the census looks. A place that is new here is new in every report too; a reader takes any name. */
export const sealPlaces = [
  'iam',
  's3',
  'kms',
  'ecr',
  'sqs',
  'sns',
  'lambda',
  'secrets-manager',
  'eks',
  'ec2',
  'ram',
  'organizations',
] as const;

/**
 * What kind of principal from outside: `aws` one of another account; `anyone` the whole world; `everyone-but` (NotPrincipal);
 * `federated` an identity provider; `canonical-user` an S3 id of another account; `organization` other accounts of an organization,
 * or those who manage it; `network` another account's network joined to one of this account.
 */
export const outsideKinds = [
  'aws',
  'anyone',
  'everyone-but',
  'federated',
  'canonical-user',
  'organization',
  'network',
] as const;

export const outsidePrincipalSchema = z.object({
  kind: z.enum(outsideKinds),
  principal: z.string().min(1).max(400),
  /** ARN of what lets it in. */
  where: z.string().min(1).max(400),
  /** `trust policy`, `key policy`, `grant`, `ACL`, `access entry`, ... */
  via: z.string().max(64),
  /** Operators and keys of the conditions, without their values: `StringEquals sts:ExternalId`. */
  conditions: z.array(z.string().max(160)).max(20),
  /** The customer has named it as known (RunnerPolicy.sealKnownPrincipals). */
  accepted: z.boolean(),
});

export const mostOutsidePrincipals = 200;

export const sealPlaceSchema = z.object({
  name: z.string().max(32),
  /** Resources that were looked at. */
  looked: z.number().int().min(0),
  /** At most 200; `outsideTotal` is the true number. */
  outside: z.array(outsidePrincipalSchema).max(mostOutsidePrincipals),
  outsideTotal: z.number().int().min(0),
  /** AWS services that are let in, and how many of them without a condition on the account they act for (confused deputy). */
  services: z.number().int().min(0),
  servicesUnbound: z.number().int().min(0),
  /** What could not be seen, and why: then the census is not whole. */
  notVisible: z.array(z.string().max(300)).max(50),
  /** Documents that nobody here could read: they may let anybody in. */
  unreadable: z.array(z.string().max(300)).max(50),
  notes: z.array(z.string().max(300)).max(50),
});

export const sealVerdicts = ['sealed', 'open', 'incomplete'] as const;

/**
 * The seal: every principal from outside that can enter the account, as the runner (or a person of the account) saw it. Signed as DSSE
 * with payload type `payloadTypes.seal`; the payload is canonical JSON.
 */
export const sealReportSchema = z.object({
  ...documentHead,
  kind: z.literal('Seal'),
  install: installIdSchema,
  account: z.string().regex(/^\d{12}$/),
  regions: z.array(z.string().max(32)).min(1).max(40),
  at: instantSchema,
  /** Whose rights it was seen with (ARN). */
  observer: z.string().max(300),
  installRole: z.enum(['gone', 'present', 'none', 'unknown']),
  /** The account's own users: people from inside, who are no outside principals. */
  people: z.object({
    users: z.number().int().min(0),
    withAccessKey: z.number().int().min(0),
    withPassword: z.number().int().min(0),
  }),
  places: z.array(sealPlaceSchema).max(40),
  verdict: z.enum(sealVerdicts),
  /** In one sentence. */
  summary: z.string().max(600),
  /** SHA-256 of the payload of the seal before this one. */
  previous: digestSchema.nullable().default(null),
});

/** A principal from outside that the customer knows of and wants. `*` needs a `where`. */
export const knownPrincipalSchema = z.object({
  /** An account id, an ARN, an organization (`o-...`), an identity provider, as the seal lists it. */
  principal: z.string().min(1).max(400),
  /** Only on this resource (ARN). Absent: wherever it is let in; `*` is then not accepted anywhere. */
  where: z.string().max(400).optional(),
  reason: z.string().max(300).optional(),
});

export type SealPlaceName = (typeof sealPlaces)[number];
export type OutsideKind = (typeof outsideKinds)[number];
export type OutsidePrincipal = z.infer<typeof outsidePrincipalSchema>;
export type SealPlace = z.infer<typeof sealPlaceSchema>;
export type SealVerdict = (typeof sealVerdicts)[number];
export type SealReport = z.infer<typeof sealReportSchema>;
export type KnownPrincipal = z.infer<typeof knownPrincipalSchema>;
