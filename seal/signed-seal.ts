import {
  type Digest,
  type Envelope,
  LandfallError,
  type SealReport,
  type Signer,
  type Verifier,
  canonicalJson,
  describeError,
  limits,
  parseJson,
  payloadTypes,
  requireKnown,
  sealReportSchema,
  sha256,
} from '../contract/index.ts';

/** Signs the seal's canonical bytes. */
export function signSeal(report: SealReport, signer: Signer): Promise<Envelope> {
  return signer.sign(payloadTypes.seal, Buffer.from(canonicalJson(report)));
}

/** The seal in the envelope, if one of the trusted keys signed it. Throws LF-SEAL-002 otherwise. */
export async function openSeal(envelope: Envelope, verifier: Verifier): Promise<SealReport> {
  try {
    return read(await verifier.verify(envelope, payloadTypes.seal));
  } catch (cause) {
    throw new LandfallError('LF-SEAL-002', `this is no genuine seal: ${describeError(cause)}`, { cause });
  }
}

/** What it says, with nobody vouching for it: for one's own store, and for messages. */
export function unverifiedSeal(envelope: Envelope): SealReport {
  return read(Buffer.from(envelope.payload, 'base64'));
}

/** For `previous` of the next one. */
export function digestOfSeal(envelope: Envelope): Digest {
  return sha256(Buffer.from(envelope.payload, 'base64'));
}

function read(payload: Uint8Array): SealReport {
  const report = parseJson(payload, sealReportSchema, 'the seal', limits.seal);
  requireKnown(report, 'Seal', new Set());
  return report;
}
