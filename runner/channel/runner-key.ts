import { type KeyObject, createPrivateKey, createPublicKey } from 'node:crypto';
import * as z from 'zod';
import { LandfallError, generateKeyPair, keyIdOf, parseValue } from '../../contract/index.ts';
import type { Kubernetes } from '../kubernetes/types.ts';

/** The runner's own key: made in the cluster, never leaves it. */
export type RunnerKey = { privateKey: KeyObject; publicKeyPem: string; keyId: string };

const secretType = { apiVersion: 'v1', kind: 'Secret' } as const;
const secretSchema = z.looseObject({ data: z.object({ 'private-key.pem': z.base64() }) });

/** Reads the key, or makes and saves it. It is saved before anything is sent with it: a crash in between finds the same key again. */
export async function loadRunnerKey(
  kubernetes: Kubernetes,
  where: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<RunnerKey> {
  const found = await kubernetes.get({ ...secretType, ...where }, { signal });
  if (found !== null) return fromSecret(found, where.name);
  const { privateKeyPem } = generateKeyPair('ed25519');
  const made = await kubernetes.create(
    {
      ...secretType,
      metadata: { ...where, labels: { 'app.kubernetes.io/managed-by': 'landfall-runner' } },
      type: 'Opaque',
      data: { 'private-key.pem': Buffer.from(privateKeyPem).toString('base64') },
    },
    { signal },
  );
  if (made !== null) return keyFrom(privateKeyPem);
  const other = await kubernetes.get({ ...secretType, ...where }, { signal });
  if (other === null) {
    const message = `the secret ${where.name} with the runner's key came and went while it was made`;
    throw new LandfallError('LF-RUNNER-059', message, { temporary: true });
  }
  return fromSecret(other, where.name);
}

function fromSecret(secret: unknown, name: string): RunnerKey {
  const { data } = parseValue(secret, secretSchema, `the secret ${name}`);
  return keyFrom(Buffer.from(data['private-key.pem'], 'base64').toString('utf8'));
}

export function keyFrom(privateKeyPem: string): RunnerKey {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId: keyIdOf(privateKey),
  };
}
