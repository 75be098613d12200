import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { LandfallError } from '../errors/landfall-error.ts';

export type KeyAlgorithm = 'ed25519' | 'ecdsa-p256';

/** Hex SHA-256 of the public key's SubjectPublicKeyInfo (DER): the same for the private and the public half. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

export function algorithmOf(key: KeyObject): KeyAlgorithm {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ecdsa-p256';
  throw new LandfallError('LF-CONTRACT-007', `a key of type ${key.asymmetricKeyType ?? 'unknown'} cannot sign here`);
}

/** Reads SPKI PEM; anything but Ed25519 and P-256 is refused (LF-CONTRACT-007). */
export function readPublicKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) {
    throw new LandfallError('LF-CONTRACT-007', 'a private key was given where a public key is expected');
  }
  return readKey(() => createPublicKey(pem), 'public');
}

/** Reads PKCS#8 PEM. */
export function readPrivateKey(pem: string): KeyObject {
  return readKey(() => createPrivateKey(pem), 'private');
}

export function generateKeyPair(algorithm: KeyAlgorithm = 'ed25519'): { privateKeyPem: string; publicKeyPem: string } {
  const pair =
    algorithm === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKeyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function readKey(read: () => KeyObject, half: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw new LandfallError('LF-CONTRACT-007', `the ${half} key is not valid PEM`, { cause });
  }
  algorithmOf(key);
  return key;
}
