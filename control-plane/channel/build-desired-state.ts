import {
  apiVersion,
  canonicalJson,
  completeInputs,
  criticalFeaturesOfSecrets,
  type DesiredState,
  desiredStateSchema,
  type JsonObject,
  limits,
  requireWithin,
  secretReferenceSchema,
} from '../../contract/index.ts';
import * as z from 'zod';
import { type RegisteredRelease, requireSecrets } from '../catalogue/releases.ts';

const secretsSchema = z.record(z.string(), secretReferenceSchema);
const day = 24 * 60 * 60 * 1000;
/** How long a runner that has never seen it may still accept a document. */
export const lifetimeMs = 7 * day;
/** A document with less than this left is issued anew. */
export const renewBeforeMs = 2 * day;

export type Wish = {
  install: string;
  sequence: number;
  release: RegisteredRelease | null;
  inputs: JsonObject;
  secrets: Record<string, unknown>;
  trace: string;
};

/** Pure. Inputs are completed with the release's defaults; inputs or secrets that do not fit, or that no runner would read, throw, and nothing is issued. */
export function buildDesiredState(wish: Wish, now: Date): { document: DesiredState; bytes: Buffer } {
  const { release } = wish;
  if (release !== null) requireSecrets(release.inputs, wish.secrets);
  const document = desiredStateSchema.parse({
    apiVersion,
    kind: 'DesiredState',
    critical: criticalFeaturesOfSecrets(secretsSchema.parse(wish.secrets)),
    install: wish.install,
    sequence: wish.sequence,
    issuedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + lifetimeMs).toISOString(),
    release:
      release === null
        ? null
        : {
            product: release.product,
            version: release.version,
            registry: release.registry,
            repository: release.repository,
            digest: release.digest,
          },
    inputs: release === null ? wish.inputs : completeInputs(release.inputs.schema, wish.inputs),
    secrets: wish.secrets,
    trace: wish.trace,
  });
  const bytes = Buffer.from(canonicalJson(document));
  requireWithin(bytes, 'the desired state', limits.desiredState);
  return { document, bytes };
}
