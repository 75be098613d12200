import * as z from 'zod';

/** Dead Simple Signing Envelope v1.0 (secure-systems-lab/dsse, envelope.md). `payload` and `sig` are standard base64. */
export const envelopeSchema = z.object({
  payloadType: z.string().min(1).max(128),
  payload: z.base64(),
  signatures: z
    .array(z.object({ keyid: z.string().max(128), sig: z.base64().max(1024) }))
    .min(1)
    .max(8),
});

export type Envelope = z.infer<typeof envelopeSchema>;

export const envelopeMediaType = 'application/vnd.dsse.envelope.v1+json';

/** What the signed bytes are for: a signature made for one purpose never counts for another. */
export const payloadTypes = {
  release: 'application/vnd.landfall.release.v1+json',
  desiredState: 'application/vnd.landfall.desired-state.v1+json',
  requests: 'application/vnd.landfall.requests.v1+json',
  entities: 'application/vnd.landfall.entities.v1+json',
  seal: 'application/vnd.landfall.seal.v1+json',
} as const;

/** Pre-authentication encoding (DSSE protocol.md): what is really signed. Lengths are in bytes. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.byteLength} `),
    type,
    Buffer.from(` ${payload.byteLength} `),
    payload,
  ]);
}
