import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { LandfallError } from '../../contract/index.ts';
import { installNames, type Place } from '../../stacks/index.ts';
import { causeOf, refusalOf } from '../aws-error.ts';
import type { AwsCredentials, InstallContext, InstallSession } from '../context.ts';
import { clientOptions } from '../identity.ts';

/** One hour: a teardown that takes longer is run again. */
const sessionSeconds = 3600;
/** IAM is eventually consistent: a role that was just made cannot be assumed for some seconds. */
const waitMs = 60_000;
const betweenTriesMs = 2000;

/** The role that exists only while `teardown_access` is open, by a person of the account. */
export async function assumeTeardownRole(
  context: InstallContext,
  request: Place & { namePrefix?: string; credentials: AwsCredentials },
): Promise<InstallSession> {
  const role = installNames(request).roles.teardown;
  const deadline = context.clock.now().getTime() + waitMs;
  const sts = new STSClient(clientOptions(context, request.region, request.credentials));
  const ask = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: `landfall-teardown-${request.installId}`,
    DurationSeconds: sessionSeconds,
  });
  try {
    for (;;) {
      try {
        const { Credentials } = await sts.send(ask);
        const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = Credentials ?? {};
        const expiresAt = Expiration ?? new Date(context.clock.now().getTime() + sessionSeconds * 1000);
        const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
        return { credentials, roleArn: role.arn, expiresAt };
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) throw error;
        if (refusal.status === 403 && context.clock.now().getTime() < deadline) {
          await context.clock.sleep(betweenTriesMs, context.signal);
          continue;
        }
        throw new LandfallError('LF-TEARDOWN-002', `${role.arn} cannot be assumed: ${refusal.message}`, {
          cause: causeOf(refusal),
          details: { status: refusal.status },
        });
      }
    }
  } finally {
    sts.destroy();
  }
}
