import { desiredStateSchema, type JsonObject, type Release, sha256 } from '../../contract/index.ts';
import type { AcceptedState } from '../ports.ts';

export type MadeRelease = { release: Release; version: string };

/** `what`: null when nothing is wanted. */
export function acceptedOf(
  sequence: number,
  registry: string,
  what: MadeRelease | null,
  more: { inputs?: JsonObject; secrets?: JsonObject } = {},
): AcceptedState {
  const digest = what === null ? null : sha256(JSON.stringify(what.release));
  const target = what && { product: 'shop', version: what.version, registry, repository: 'shop/release', digest };
  const desired = desiredStateSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'DesiredState',
    install: 'acme',
    sequence,
    issuedAt: '2026-01-05T09:00:00.000Z',
    expiresAt: '2026-01-12T09:00:00.000Z',
    release: target,
    inputs: more.inputs ?? {},
    secrets: more.secrets ?? {},
    trace: 'a'.repeat(32),
  });
  return { desired, release: what?.release ?? null, releaseDigest: digest };
}
