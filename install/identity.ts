import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LandfallError } from '../contract/index.ts';
import { installNames, type Place } from '../stacks/index.ts';
import { causeOf, refusalOf } from './aws-error.ts';
import type { AwsCredentials, InstallContext, InstallSession } from './context.ts';
import { awsHandler } from './way-out.ts';

/** One hour: the most that AWS gives a role that was assumed by a role. */
const sessionSeconds = 3600;

export function clientOptions(
  context: Pick<InstallContext, 'awsEndpointUrl' | 'wayOut'>,
  region: string,
  credentials: AwsCredentials,
): { region: string; credentials: AwsCredentials; endpoint?: string } & ReturnType<typeof awsHandler> {
  const { awsEndpointUrl, wayOut } = context;
  const endpoint = awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl };
  return { region, credentials, ...endpoint, ...awsHandler(wayOut) };
}

/** Who the credentials are; refuses (LF-INSTALL-001) when they are of another account, before anything is written. */
export async function confirmAccount(
  context: Pick<InstallContext, 'awsEndpointUrl' | 'wayOut'>,
  place: Place,
  credentials: AwsCredentials,
): Promise<{ arn: string }> {
  const sts = new STSClient(clientOptions(context, place.region, credentials));
  try {
    const identity = await sts.send(new GetCallerIdentityCommand({}));
    if (identity.Account !== place.accountId) {
      throw new LandfallError(
        'LF-INSTALL-001',
        `these credentials are ${identity.Arn ?? 'unknown'}, but install ${place.installId} belongs into account ${place.accountId}`,
      );
    }
    return { arn: identity.Arn ?? '' };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined && error instanceof Error && 'code' in error && !(error instanceof LandfallError)) {
      const text = `AWS in ${place.region} did not answer who the credentials are: ${error.message}`;
      throw new LandfallError('LF-INSTALL-011', text, { cause: error, temporary: true });
    }
    if (refusal === undefined) throw error;
    throw new LandfallError('LF-INSTALL-001', `AWS does not accept the credentials: ${refusal.message}`, {
      cause: causeOf(refusal),
    });
  } finally {
    sts.destroy();
  }
}

export type AssumeRequest = Place & {
  credentials: AwsCredentials;
  /** Undefined asks without one, which must be refused. */
  externalId?: string;
};

export async function assumeInstallRole(context: InstallContext, request: AssumeRequest): Promise<InstallSession> {
  const role = installNames(request).roles.install;
  context.say({ step: 'assume', state: 'started', text: `assuming ${role.arn}` });
  const sts = new STSClient(clientOptions(context, request.region, request.credentials));
  try {
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: role.arn,
        RoleSessionName: `landfall-${request.installId}`,
        DurationSeconds: sessionSeconds,
        ...(request.externalId === undefined ? {} : { ExternalId: request.externalId }),
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
      throw new LandfallError('LF-INSTALL-002', `AWS answered without credentials for ${role.arn}`, {
        temporary: true,
      });
    }
    const expiresAt = Expiration ?? new Date(context.clock.now().getTime() + sessionSeconds * 1000);
    context.say({ step: 'assume', state: 'done', text: `acting as ${role.arn} until ${expiresAt.toISOString()}` });
    return {
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
      roleArn: role.arn,
      expiresAt,
    };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    throw new LandfallError('LF-INSTALL-002', `${role.arn} cannot be assumed: ${refusal.message}`, {
      cause: causeOf(refusal),
      details: { status: refusal.status },
    });
  } finally {
    sts.destroy();
  }
}
