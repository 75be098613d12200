import { type KeyObject, verify } from 'node:crypto';
import { LandfallError } from '../errors/landfall-error.ts';
import { type Envelope, preAuthenticationEncoding } from './envelope.ts';
import { algorithmOf, keyIdOf, readPublicKey } from './keys.ts';

/** Gives the payload's bytes if, and only if, a trusted key signed them for this purpose. TUF will stand behind it later. */
export type Verifier = {
  /** Throws LF-CONTRACT-009 (wrong purpose) or LF-CONTRACT-006 (no trusted signature). */
  verify(envelope: Envelope, payloadType: string): Promise<Buffer>;
};

/** Trusts a fixed set of public keys (PEM), any one of which is enough. */
export function pinnedKeysVerifier(publicKeyPems: readonly string[]): Verifier {
  const keys = publicKeyPems.map((pem) => readPublicKey(pem));
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  if (byId.size === 0) throw new LandfallError('LF-CONTRACT-007', 'no trusted key was given');
  return {
    verify: (envelope, payloadType) => Promise.resolve().then(() => open(envelope, payloadType, byId)),
  };
}

function open(envelope: Envelope, payloadType: string, trusted: ReadonlyMap<string, KeyObject>): Buffer {
  if (envelope.payloadType !== payloadType) {
    throw new LandfallError(
      'LF-CONTRACT-009',
      `expected a document of type ${payloadType}, got one signed as ${envelope.payloadType}`,
    );
  }
  const payload = Buffer.from(envelope.payload, 'base64');
  const message = preAuthenticationEncoding(payloadType, payload);
  // The key id is a hint from the attacker's side of the wall: it selects a trusted key, it never supplies one.
  const genuine = envelope.signatures.some((signature) => {
    const key = trusted.get(signature.keyid);
    return key !== undefined && signatureHolds(key, message, Buffer.from(signature.sig, 'base64'));
  });
  if (!genuine) {
    throw new LandfallError(
      'LF-CONTRACT-006',
      `no trusted key signed this document; it names ${envelope.signatures.map((s) => s.keyid.slice(0, 16)).join(', ')}`,
    );
  }
  return payload;
}

function signatureHolds(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return algorithmOf(key) === 'ed25519'
    ? verify(null, message, key, signature)
    : verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
