import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { LandfallError, parseValue } from '../contract/index.ts';
import { type AccountInputsGiven, installNames, stateKeys, toVariables } from '../stacks/index.ts';
import type { AwsCredentials, InstallContext } from './context.ts';
import { confirmAccount } from './identity.ts';
import { applyStack, migrateState, planStack, type StackPlan, type StackRun } from './stack/apply-stack.ts';
import { moduleFolder } from './stack/module-folder.ts';
import { stateExists, type StateObject } from './stack/state-object.ts';
import { requireOwnState } from './stack/whose-state.ts';

export type AccountRequest = {
  inputs: AccountInputsGiven;
  /** Of the customer's own admin. */
  credentials: AwsCredentials;
  /** `closed` takes the install role away: the documented last step. Default open. */
  access?: 'open' | 'closed';
  /** `open` makes a role for the removal. Default closed. */
  teardown?: 'open' | 'closed';
};

const outputsSchema = z.object({
  installRoleArn: z.string(),
  runnerRoleArn: z.string(),
  upgradeRoleArn: z.string(),
  clusterRoleArn: z.string(),
  nodeRoleArn: z.string(),
  teardownRoleArn: z.string(),
  stateBucket: z.string(),
  stateKeyArn: z.string(),
  clusterKeyArn: z.string(),
});

export type AccountResult = {
  changed: boolean;
  changes: StackPlan['changes'];
  outputs: z.infer<typeof outputsSchema>;
};

/**
 * The account stack, by the customer's admin. Its own state starts beside the configuration, since the bucket is among what
 * it makes, and moves there afterwards. Killed anywhere, the next run sees by the bucket's state object how far it came.
 */
export async function installAccount(context: InstallContext, request: AccountRequest): Promise<AccountResult> {
  const { state, inBucket, folder, run } = await prepareAccount(context, request);
  const { outputs, ...changes } = await applyStack(context, run);
  if (!inBucket) {
    context.say({ step: 'account', state: 'progress', text: `moving the state into ${state.bucket}` });
    const dir = await folder('s3');
    await migrateState(context, { ...run, dir });
    await forgetLocalState(context, state, dir);
  }
  context.say({ step: 'account', state: 'done', text: `state in s3://${state.bucket}/${state.key}` });
  return { ...changes, outputs: parseValue(outputs, outputsSchema, 'the outputs of the account stack') };
}

/** What an apply of the account stack would change. */
export async function planAccount(context: InstallContext, request: AccountRequest): Promise<StackPlan> {
  const { run } = await prepareAccount(context, request);
  return planStack(context, run);
}

export type PreparedAccount = {
  state: StateObject;
  inBucket: boolean;
  folder: (kind: 'local' | 's3') => Promise<string>;
  run: StackRun;
};

/** The folder of the account stack, with its state wherever that is now. */
export async function prepareAccount(
  context: InstallContext,
  { inputs, credentials, access, teardown }: AccountRequest,
): Promise<PreparedAccount> {
  const who = await confirmAccount(context, inputs, credentials);
  context.say({ step: 'account', state: 'started', text: `account stack of ${inputs.installId} as ${who.arn}` });
  const { region } = inputs;
  const place = { bucket: installNames(inputs).stateBucket, key: stateKeys.account, region };
  const state = { ...place, credentials };
  const inBucket = await stateExists(context, state);
  const given = {
    ...inputs,
    ...(access === undefined ? {} : { installAccess: access }),
    ...(teardown === undefined ? {} : { teardownAccess: teardown }),
  };
  const variables = toVariables({ stack: 'account', inputs: given });
  const { productPermissions = [] } = inputs;
  const folder = (kind: 'local' | 's3'): Promise<string> => {
    const backend = kind === 'local' ? kind : place;
    return moduleFolder(context, { stack: 'account', variables, backend, productPermissions });
  };
  const dir = await folder(inBucket ? 's3' : 'local');
  await requireOwnState(dir, inputs);
  return { state, inBucket, folder, run: { step: 'account', dir, region, credentials, state } };
}

/** Only after the bucket's copy was seen: a lost state would be the one thing nobody can put right. */
async function forgetLocalState(context: InstallContext, state: StateObject, dir: string): Promise<void> {
  if (!(await stateExists(context, state))) {
    const place = `s3://${state.bucket}/${state.key}`;
    throw new LandfallError('LF-INSTALL-003', `the account stack's state is not at ${place} after it was moved there`);
  }
  for (const file of ['terraform.tfstate', 'terraform.tfstate.backup']) await rm(join(dir, file), { force: true });
}
