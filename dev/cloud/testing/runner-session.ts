import { SignJWT } from 'jose';
import * as z from 'zod';
import type { Credentials } from '../index.ts';
import { issuer, type OpenAccount } from './open-account.ts';

const credentialsSchema = z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), Token: z.string() });

/** A token of the runner's service account, as the kubelet projects it. */
export function runnerToken(account: OpenAccount): Promise<string> {
  const kubernetes = {
    namespace: 'landfall-system',
    serviceaccount: { name: 'landfall-runner', uid: 'uid' },
    pod: { name: 'landfall-runner-0', uid: 'uid' },
  };
  return new SignJWT({ 'kubernetes.io': kubernetes })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setAudience('pods.eks.amazonaws.com')
    .setExpirationTime('2h')
    .sign(account.serviceAccountKey);
}

/** The runner's credentials, by Pod Identity. */
export async function runnerSession(account: OpenAccount): Promise<Credentials> {
  const answer = await fetch(account.cloud.podIdentity.hostUrl, {
    headers: { authorization: await runnerToken(account) },
  });
  const { AccessKeyId, SecretAccessKey, Token } = credentialsSchema.parse(await answer.json());
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}
