import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  envelopeSchema,
  generateKeyPair,
  keyIdOf,
  localSigner,
  payloadTypes,
  pinnedKeysVerifier,
  preAuthenticationEncoding,
  readPrivateKey,
  readPublicKey,
} from './index.ts';

const payload = Buffer.from('{"a":1}');

describe('the pre-authentication encoding', () => {
  it('equals the example of the DSSE specification', () => {
    const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('is different for every different pair of type and payload', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (t1, p1, t2, p2) => {
        const [a, b] = [preAuthenticationEncoding(t1, Buffer.from(p1)), preAuthenticationEncoding(t2, Buffer.from(p2))];
        fc.pre(Buffer.from(p1).toString() !== Buffer.from(p2).toString() || t1 !== t2);
        expect(a.equals(b)).toBe(false);
      }),
    );
  });
});

describe.each(['ed25519', 'ecdsa-p256'] as const)('an envelope signed with %s', (algorithm) => {
  const pair = generateKeyPair(algorithm);
  const signer = localSigner(pair.privateKeyPem);
  const verifier = pinnedKeysVerifier([pair.publicKeyPem]);

  it('gives back the payload, byte for byte', async () => {
    const envelope = envelopeSchema.parse(JSON.parse(JSON.stringify(await signer.sign(payloadTypes.release, payload))));
    expect(await verifier.verify(envelope, payloadTypes.release)).toEqual(payload);
  });

  it('is refused when a bit of the payload is flipped, and the payload without a check would be believed', async () => {
    const envelope = await signer.sign(payloadTypes.release, payload);
    const tampered = { ...envelope, payload: Buffer.from('{"a":2}').toString('base64') };
    await expect(verifier.verify(tampered, payloadTypes.release)).rejects.toMatchObject({ code: 'LF-CONTRACT-006' });
    // The twin: whoever only decodes gets the attacker's document.
    expect(JSON.parse(Buffer.from(tampered.payload, 'base64').toString())).toEqual({ a: 2 });
  });

  it('is refused for another purpose than it was signed for', async () => {
    const envelope = await signer.sign(payloadTypes.release, payload);
    await expect(verifier.verify(envelope, payloadTypes.desiredState)).rejects.toMatchObject({
      code: 'LF-CONTRACT-009',
    });
    const relabelled = { ...envelope, payloadType: payloadTypes.desiredState };
    await expect(verifier.verify(relabelled, payloadTypes.desiredState)).rejects.toMatchObject({
      code: 'LF-CONTRACT-006',
    });
  });

  it('is refused when another key signed it, even under the trusted key id', async () => {
    const forgerPair = generateKeyPair(algorithm);
    const forger = localSigner(forgerPair.privateKeyPem);
    const forged = await forger.sign(payloadTypes.release, payload);
    const renamed = { ...forged, signatures: forged.signatures.map((s) => ({ ...s, keyid: signer.keyId })) };
    await expect(verifier.verify(renamed, payloadTypes.release)).rejects.toMatchObject({ code: 'LF-CONTRACT-006' });
    // The twin: where the key comes out of the document's own side, the forgery is accepted.
    const gullible = pinnedKeysVerifier([forgerPair.publicKeyPem]);
    await expect(gullible.verify(forged, payloadTypes.release)).resolves.toEqual(payload);
  });

  it('is accepted when one of several signatures is genuine', async () => {
    const [genuine, other] = [
      await signer.sign(payloadTypes.release, payload),
      await localSigner(generateKeyPair().privateKeyPem).sign(payloadTypes.release, payload),
    ];
    const both = { ...genuine, signatures: [...other.signatures, ...genuine.signatures] };
    await expect(verifier.verify(both, payloadTypes.release)).resolves.toEqual(payload);
  });

  it('has the same key id on both halves of the key', () => {
    expect(keyIdOf(readPrivateKey(pair.privateKeyPem))).toBe(keyIdOf(readPublicKey(pair.publicKeyPem)));
  });
});

describe('keys', () => {
  it('refuses a private key where a public one is expected, so that none is ever pinned by mistake', () => {
    expect(() => readPublicKey(generateKeyPair().privateKeyPem)).toThrow(
      expect.objectContaining({ code: 'LF-CONTRACT-007' }),
    );
  });

  it('refuses to trust nobody', () => {
    expect(() => pinnedKeysVerifier([])).toThrow(expect.objectContaining({ code: 'LF-CONTRACT-007' }));
  });

  it('signs the same bytes to the same Ed25519 envelope', async () => {
    const { privateKeyPem } = generateKeyPair('ed25519');
    const sign = () => localSigner(privateKeyPem).sign(payloadTypes.release, payload);
    expect(await sign()).toEqual(await sign());
  });
});
