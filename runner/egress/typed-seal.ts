import { canonicalJson, envelopeSchema, payloadTypes, sealReportSchema } from '../../contract/index.ts';

/** A signed seal whose bytes are exactly a SealReport: an envelope is opaque, so what is inside is held to its type here. */
export const typedSealSchema = envelopeSchema.refine(
  ({ payloadType, payload }) => {
    if (payloadType !== payloadTypes.seal) return false;
    try {
      const text = Buffer.from(payload, 'base64').toString('utf8');
      // What the schema does not know it drops, and then the bytes differ.
      return canonicalJson(sealReportSchema.parse(JSON.parse(text))) === text;
    } catch {
      return false;
    }
  },
  { message: 'the payload is not exactly a seal' },
);
