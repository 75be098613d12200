import * as z from 'zod';
import { envelopeSchema } from './dsse/envelope.ts';
import { installIdSchema } from './names.ts';

/**
 * The runner's API of the control plane, all under `/v1`:
 * - POST `/v1/enrol` EnrolRequest -> EnrolAnswer. The same token with the same key may be sent again (an answer can be lost); with another key it is refused.
 * - GET  `/v1/installs/:install/desired-state` -> ChannelAnswer; `If-None-Match` + `Prefer: wait=<seconds>` (RFC 7240) holds the request until it changes, then 304.
 *   With `Landfall-Features: entities` the list of entities comes with it, unless the runner's ETag says that it has it.
 * - PUT  `/v1/installs/:install/report` Report -> 204
 * - PUT  `/v1/installs/:install/entity-states` EntityReport -> 204
 * - POST `/v1/installs/:install/telemetry` TelemetryBatch -> TelemetryAck
 * - PUT  `/v1/installs/:install/seal` Envelope (a SealReport inside, signed by the runner's key) -> 204
 * Every call after enrolment carries `Authorization: Runner <JWT>`, see runnerToken.
 */
export const channelPaths = {
  enrol: '/v1/enrol',
  desiredState: (install: string) => `/v1/installs/${encodeURIComponent(install)}/desired-state`,
  report: (install: string) => `/v1/installs/${encodeURIComponent(install)}/report`,
  entityStates: (install: string) => `/v1/installs/${encodeURIComponent(install)}/entity-states`,
  telemetry: (install: string) => `/v1/installs/${encodeURIComponent(install)}/telemetry`,
  seal: (install: string) => `/v1/installs/${encodeURIComponent(install)}/seal`,
} as const;

/** Seconds a long-poll is held at most. */
export const longestWaitSeconds = 55;

/**
 * The runner proves itself with a JWT signed by its own key on every call (RFC 7523 claims, RFC 9449's htm/htu, digest of the body):
 * header {alg: 'EdDSA', kid: <key id>}, claims {iss: install, aud: 'landfall-control-plane', htm, htu: path without query, iat, exp <= iat + 60, jti, bdy: sha256 hex of the body}.
 */
export const runnerToken = {
  scheme: 'Runner',
  audience: 'landfall-control-plane',
  algorithm: 'EdDSA',
  lifetimeSeconds: 60,
} as const;

export const enrolRequestSchema = z.object({
  install: installIdSchema,
  joinToken: z.string().min(20).max(200),
  /** Ed25519, SPKI PEM; the private half never leaves the cluster. */
  publicKeyPem: z.string().max(2000),
  runnerVersion: z.string().max(64),
});

export const enrolAnswerSchema = z.object({ install: installIdSchema, keyId: z.string().max(128) });

export const channelAnswerSchema = z.object({
  desiredState: envelopeSchema.nullable(),
  requests: envelopeSchema.nullable().default(null),
  /** Null: there are none, or the runner has the newest. */
  entities: envelopeSchema.nullable().default(null),
});

/** Says what of the channel a runner understands beside what every runner does. */
export const channelFeaturesHeader = 'landfall-features';

/** Every refusal of the control plane's API (RFC 9457, application/problem+json). */
export const problemSchema = z.object({
  type: z.string().max(300).default('about:blank'),
  title: z.string().max(300),
  status: z.number().int(),
  detail: z.string().max(2000).optional(),
  code: z.string().max(32),
  hint: z.string().max(1000).optional(),
});

export type EnrolRequest = z.infer<typeof enrolRequestSchema>;
export type EnrolAnswer = z.infer<typeof enrolAnswerSchema>;
export type ChannelAnswer = z.infer<typeof channelAnswerSchema>;
export type Problem = z.infer<typeof problemSchema>;
