import type { ECRClient } from '@aws-sdk/client-ecr';
import { type Clock, LandfallError, systemClock } from '../../contract/index.ts';
import type { CredentialSource } from '../registry/authorizer.ts';
import { ecrCalls } from './calls.ts';
import { heldCredentials, type IssuedCredentials } from '../token-service/held-credentials.ts';

export type EcrCredentialsOptions = { client: Pick<ECRClient, 'send'>; clock?: Clock };

const marginMs = 30 * 60_000;

/** Credentials for an ECR registry by GetAuthorizationToken: good for 12 hours, one call at a time, kept until near their end. */
export function ecrCredentials({ client, clock = systemClock }: EcrCredentialsOptions): CredentialSource {
  const ask = async (): Promise<IssuedCredentials> => {
    const { GetAuthorizationTokenCommand } = await ecrCalls();
    const answer = await client.send(new GetAuthorizationTokenCommand({})).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LandfallError('LF-OCI-013', `The token for ECR was not given: ${reason}`, { cause, temporary: true });
    });
    const data = answer.authorizationData?.[0];
    const decoded = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 1) throw new LandfallError('LF-OCI-013', 'ECR answered without a token');
    const credentials = { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
    const expiresAt = data?.expiresAt ?? new Date(clock.now().getTime() + 60_000 + marginMs);
    return { credentials, expiresAt };
  };
  return heldCredentials(ask, { clock, marginMs });
}
