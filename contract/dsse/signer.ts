import { type KeyObject, sign } from 'node:crypto';
import { type Envelope, preAuthenticationEncoding } from './envelope.ts';
import { algorithmOf, keyIdOf, readPrivateKey } from './keys.ts';

/** Signs payload bytes for one purpose. Asynchronous, because a key vault or HSM will stand behind it. */
export type Signer = {
  readonly keyId: string;
  sign(payloadType: string, payload: Uint8Array): Promise<Envelope>;
};

/** A signer with its key in memory. Ed25519 signatures are deterministic, ECDSA ones are not. */
export function localSigner(privateKeyPem: string): Signer {
  const key = readPrivateKey(privateKeyPem);
  const keyId = keyIdOf(key);
  return {
    keyId,
    sign: (payloadType, payload) =>
      Promise.resolve({
        payloadType,
        payload: Buffer.from(payload).toString('base64'),
        signatures: [{ keyid: keyId, sig: rawSign(key, payloadType, payload).toString('base64') }],
      }),
  };
}

function rawSign(key: KeyObject, payloadType: string, payload: Uint8Array): Buffer {
  const message = preAuthenticationEncoding(payloadType, payload);
  return algorithmOf(key) === 'ed25519'
    ? sign(null, message, key)
    : sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
}
