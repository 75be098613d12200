import * as z from 'zod';
import {
  digestSchema,
  entityTypeSchema,
  type Envelope,
  envelopeSchema,
  inputsSchema,
  type Inputs,
  LandfallError,
  limits,
  parseJson,
  payloadTypes,
  pinnedKeysVerifier,
  type Release,
  releaseFeatures,
  releaseSchema,
  repositorySchema,
  requireInputSchema,
  requireKnown,
  versionSchema,
} from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { findProduct, type Outcome } from './products.ts';

/** What the pipeline registers after it has pushed: where the release is, and the envelope that its manifest's layer holds. */
export const releaseRegistrationSchema = z.strictObject({
  version: versionSchema,
  registry: z.string().min(1).max(255),
  repository: repositorySchema,
  digest: digestSchema,
  envelope: envelopeSchema,
});
export type ReleaseRegistration = z.infer<typeof releaseRegistrationSchema>;

const componentSummary = z.object({ name: z.string(), kind: z.string() });

/** What people who create entities must know of a type. */
export const entityTypeSummarySchema = entityTypeSchema.pick({
  name: true,
  title: true,
  description: true,
  schema: true,
});
export type EntityTypeSummary = z.infer<typeof entityTypeSummarySchema>;

export const registeredReleaseSchema = z.object({
  product: z.string(),
  version: versionSchema,
  title: z.string(),
  registry: z.string(),
  repository: z.string(),
  digest: digestSchema,
  inputs: inputsSchema,
  components: z.array(componentSummary),
  entityTypes: z.array(entityTypeSummarySchema),
});
export type RegisteredRelease = z.infer<typeof registeredReleaseSchema>;

/** It carries none of them out: it must only not misread what it shows of such a release. */
const knownFeatures: ReadonlySet<string> = new Set(releaseFeatures);

/** Verifies the pipeline's signature and that the release is what it is registered as. The same one may be sent again. */
export async function registerRelease(
  context: Context,
  productName: string,
  registration: ReleaseRegistration,
): Promise<Outcome<RegisteredRelease>> {
  const product = await findProduct(context, productName);
  const release = await openRelease(registration.envelope, product.releaseKeys);
  requireSame('product', release.product, product.name);
  requireSame('version', release.version, registration.version);
  requireInputSchema(release.inputs.schema);
  const { version, registry, repository, digest } = registration;
  const inserted = await context.db
    .insertInto('release')
    .values({
      ...{ product: product.name, version, registry, repository, digest, title: release.title },
      envelope: JSON.stringify(registration.envelope),
      inputs: JSON.stringify(release.inputs),
      components: JSON.stringify(release.components.map(({ name, kind }) => ({ name, kind }))),
      entityTypes: JSON.stringify((release.entityTypes ?? []).map((type) => entityTypeSummarySchema.parse(type))),
      createdAt: context.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  const created = inserted.numInsertedOrUpdatedRows === 1n;
  const value = await findRelease(context, product.name, version);
  if (value.digest !== digest || value.registry !== registry || value.repository !== repository) {
    throw new LandfallError(
      'LF-CONTROL-PLANE-009',
      `${product.name} ${version} is registered already as ${value.registry}/${value.repository}@${value.digest}`,
    );
  }
  if (created) {
    const message = `${product.name} ${version} was registered as ${repository}@${digest}.`;
    await recordEvent(context, { reason: 'ReleaseRegistered', message });
  }
  return { created, value };
}

async function openRelease(envelope: Envelope, keys: readonly string[]): Promise<Release> {
  const payload = await pinnedKeysVerifier(keys).verify(envelope, payloadTypes.release);
  const document = parseJson(payload, z.unknown(), 'the release', limits.release);
  requireKnown(document, 'Release', knownFeatures);
  return parseJson(payload, releaseSchema, 'the release', limits.release);
}

function requireSame(what: string, signed: string, registered: string): void {
  if (signed === registered) return;
  throw new LandfallError(
    'LF-CONTROL-PLANE-014',
    `the signed release is of ${what} ${signed}, but it is registered as ${registered}`,
  );
}

export async function listReleases({ db }: Context, product: string): Promise<RegisteredRelease[]> {
  const rows = await db
    .selectFrom('release')
    .selectAll()
    .where('product', '=', product)
    .orderBy('createdAt', 'desc')
    .execute();
  return rows.map(fromRow);
}

export async function findRelease({ db }: Context, product: string, version: string): Promise<RegisteredRelease> {
  const row = await db
    .selectFrom('release')
    .selectAll()
    .where('product', '=', product)
    .where('version', '=', version)
    .executeTakeFirst();
  if (row === undefined) {
    throw new LandfallError('LF-CONTROL-PLANE-008', `there is no release ${version} of ${product}`);
  }
  return fromRow(row);
}

function fromRow(row: { inputs: string; components: string; entityTypes: string }): RegisteredRelease {
  return registeredReleaseSchema.parse({
    ...row,
    inputs: JSON.parse(row.inputs),
    components: JSON.parse(row.components),
    entityTypes: JSON.parse(row.entityTypes),
  });
}

/** LF-CONTROL-PLANE-015 unless every secret input has a reference and no other has. */
export function requireSecrets(inputs: Inputs, secrets: Readonly<Record<string, unknown>>): void {
  const wanted = inputs.secrets.map((secret) => secret.name);
  const missing = wanted.filter((name) => !Object.hasOwn(secrets, name));
  const unknown = Object.keys(secrets).filter((name) => !wanted.includes(name));
  if (missing.length + unknown.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`no reference is given for ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`the release has no secret input ${unknown.join(', ')}`] : []),
  ];
  throw new LandfallError('LF-CONTROL-PLANE-015', parts.join('; '));
}
