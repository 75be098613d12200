import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AccountRequest, planAccount } from './account.ts';
import { type BaseRequest, planBase } from './base.ts';
import type { AwsCredentials, InstallContext, InstallSession } from './context.ts';
import { assumeInstallRole, clientOptions } from './identity.ts';
import { installNames, stateKeys } from '../stacks/index.ts';
import { stateExists } from './stack/state-object.ts';
import type { StackPlan } from './stack/apply-stack.ts';

export type PlanRequest = {
  account: AccountRequest['inputs'];
  base: BaseRequest['inputs'];
  /** Of the customer's admin, or of the vendor's principal. */
  credentials: AwsCredentials;
  externalId?: string;
};

type Part = StackPlan | { notPlanned: string };
export type InstallPlan = { account: Part; base: Part };

/**
 * What an install would change. The customer's admin sees both stacks, the vendor's principal (by the install role) the base
 * stack alone.
 */
export async function planInstall(context: InstallContext, request: PlanRequest): Promise<InstallPlan> {
  const { account, base, credentials, externalId } = request;
  const { accountId, region } = account;
  const sts = new STSClient(clientOptions(context, region, credentials));
  const caller = await sts.send(new GetCallerIdentityCommand({})).finally(() => sts.destroy());
  if (caller.Account !== accountId) {
    const session = await assumeInstallRole(context, {
      ...account,
      credentials,
      ...(externalId === undefined ? {} : { externalId }),
    });
    const notPlanned = 'it is the customer’s own: their admin plans it';
    return { account: { notPlanned }, base: await planBase(context, { inputs: base, session }) };
  }
  const bucket = installNames(account).stateBucket;
  const isThere = await stateExists(context, { bucket, key: stateKeys.account, region, credentials });
  const session: InstallSession = { credentials, roleArn: caller.Arn ?? '', expiresAt: new Date(8.64e15) };
  return {
    account: await planAccount(context, { inputs: account, credentials }),
    base: isThere
      ? await planBase(context, { inputs: base, session })
      : { notPlanned: 'the account stack comes first: it makes the keys, roles and the bucket that this one needs' },
  };
}
