import { type ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { type Clock, LandfallError, systemClock } from '../../contract/index.ts';
import type { CredentialSource, RegistryCredentials } from '../registry/authorizer.ts';

export type EcrCredentialsOptions = { client: Pick<ECRClient, 'send'>; clock?: Clock };

/** Asked for again this long before the end: a transfer that starts now must not outlive its token. */
const marginMs = 30 * 60_000;

/** Credentials for an ECR registry by GetAuthorizationToken: good for 12 hours, one call at a time, kept until near their end. */
export function ecrCredentials(options: EcrCredentialsOptions): CredentialSource {
  const { client, clock = systemClock } = options;
  let held: { credentials: RegistryCredentials; until: number } | undefined;
  let asking: Promise<RegistryCredentials> | undefined;
  const ask = async (): Promise<RegistryCredentials> => {
    const answer = await client.send(new GetAuthorizationTokenCommand({})).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LandfallError('LF-OCI-013', `The token for ECR was not given: ${reason}`, { cause, temporary: true });
    });
    const data = answer.authorizationData?.[0];
    const decoded = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 1) throw new LandfallError('LF-OCI-013', 'ECR answered without a token');
    const credentials = { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
    const end = data?.expiresAt?.getTime() ?? clock.now().getTime() + 60_000 + marginMs;
    held = { credentials, until: end - marginMs };
    return credentials;
  };
  return async ({ refresh = false } = {}) => {
    if (!refresh && held !== undefined && held.until > clock.now().getTime()) return held.credentials;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}
