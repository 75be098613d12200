import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import {
  channelPaths,
  type Clock,
  type Envelope,
  generateKeyPair,
  keyIdOf,
  localSigner,
  runnerToken,
  type SealReport,
  signSeal,
} from '../../contract/index.ts';

/** A runner as a test sees it: a key, and the proofs it signs. */
export type TestRunner = ReturnType<typeof testRunner>;

export type ProofChange = {
  jti?: string;
  method?: string;
  path?: string;
  body?: string;
  issuedAt?: number;
  lifetime?: number;
  install?: string;
};

export function testRunner(install: string, clock: Clock) {
  const { privateKeyPem, publicKeyPem } = generateKeyPair();
  const key = createPrivateKey(privateKeyPem);
  const keyId = keyIdOf(key);
  return {
    install,
    keyId,
    publicKeyPem,
    /** A seal, signed as a runner signs it. */
    sealed: (seal: SealReport): Promise<Envelope> => signSeal(seal, localSigner(privateKeyPem)),
    enrolBody: (joinToken: string) => ({ install, joinToken, publicKeyPem, runnerVersion: '0.1.0' }),
    paths: {
      desiredState: channelPaths.desiredState(install),
      report: channelPaths.report(install),
      telemetry: channelPaths.telemetry(install),
      seal: channelPaths.seal(install),
    },
    /** `Runner <JWT>` for one request; `change` makes a wrong one. */
    proof: async (method: string, path: string, body = '', change: ProofChange = {}): Promise<string> => {
      const issuedAt = change.issuedAt ?? Math.floor(clock.now().getTime() / 1000);
      const digest = createHash('sha256')
        .update(change.body ?? body)
        .digest('hex');
      const token = await new SignJWT({ htm: change.method ?? method, htu: change.path ?? path, bdy: digest })
        .setProtectedHeader({ alg: runnerToken.algorithm, kid: keyId })
        .setIssuer(change.install ?? install)
        .setAudience(runnerToken.audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + (change.lifetime ?? runnerToken.lifetimeSeconds))
        .setJti(change.jti ?? randomUUID())
        .sign(key);
      return `${runnerToken.scheme} ${token}`;
    },
  };
}
