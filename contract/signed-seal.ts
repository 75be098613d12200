import { canonicalJson } from './canonical-json.ts';
import { requireKnown } from './critical.ts';
import { type Digest, sha256 } from './digest.ts';
import { type Envelope, type Signer, type Verifier, payloadTypes } from './dsse/index.ts';
import { LandfallError, describeError } from './errors/landfall-error.ts';
import { limits } from './limits.ts';
import { parseJson } from './parse.ts';
import { type SealReport, sealReportSchema } from './seal.ts';

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
