import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseValue } from '../contract/index.ts';
import { type AccountInputsGiven, installNames, stateKeys, synthesise } from '../stacks/index.ts';
import type { AwsCredentials, InstallContext } from './context.ts';
import { confirmAccount } from './identity.ts';
import { runStack, type StackResult } from './stack/apply-stack.ts';
import { stateExists, type StateObject } from './stack/state-object.ts';

export type AccountRequest = {
  inputs: Omit<AccountInputsGiven, 'backend'>;
  /** Of the customer's own admin. */
  credentials: AwsCredentials;
  /** `closed` takes the install role away: the documented last step. Default open. */
  access?: 'open' | 'closed';
  planOnly?: boolean;
};

const outputsSchema = z.object({
  installRoleArn: z.string(),
  runnerRoleArn: z.string(),
  clusterRoleArn: z.string(),
  nodeRoleArn: z.string(),
  stateBucket: z.string(),
  stateKeyArn: z.string(),
  clusterKeyArn: z.string(),
});

export type AccountResult = {
  changed: boolean;
  changes: StackResult['changes'];
  outputs: z.infer<typeof outputsSchema>;
};

/**
 * The account stack, by the customer's admin. Its own state starts beside the configuration, since the bucket is among what
 * it makes, and moves there afterwards. Killed anywhere, the next run sees by the bucket's state object how far it came.
 */
export async function installAccount(context: InstallContext, request: AccountRequest): Promise<AccountResult> {
  const { inputs, credentials } = request;
  const who = await confirmAccount(context, inputs, credentials);
  context.say({ step: 'account', state: 'started', text: `account stack of ${inputs.installId} as ${who.arn}` });
  const names = installNames(inputs);
  const state: StateObject = { bucket: names.stateBucket, key: stateKeys.account, region: inputs.region, credentials };
  const outDir = join(context.workDir, 'account');
  const run = {
    step: 'account' as const,
    region: inputs.region,
    credentials,
    state,
    variables: { install_access: request.access ?? 'open' },
    ...(request.planOnly === undefined ? {} : { planOnly: request.planOnly }),
  };

  let first: StackResult | undefined;
  const inBucket = await stateExists(context, state);
  if (!inBucket) {
    const { dir } = synthesise({ stack: 'account', inputs: { ...inputs, backend: { kind: 'local' } }, outDir });
    first = await runStack(context, { ...run, dir });
    if (request.planOnly === true) return resultOf(first);
    context.say({ step: 'account', state: 'progress', text: `moving the state into ${names.stateBucket}` });
  }
  const { dir } = synthesise({ stack: 'account', inputs: { ...inputs, backend: { kind: 's3' } }, outDir });
  const last = await runStack(context, { ...run, dir, onBackendChange: inBucket ? 'reconfigure' : 'migrate' });
  if (!inBucket) await forgetLocalState(context, state, dir);
  context.say({ step: 'account', state: 'done', text: `state in s3://${state.bucket}/${state.key}` });
  return resultOf(first === undefined ? last : { ...last, changed: first.changed, changes: first.changes });
}

/** Only after the bucket's copy was seen: a lost state would be the one thing nobody can put right. */
async function forgetLocalState(context: InstallContext, state: StateObject, dir: string): Promise<void> {
  if (!(await stateExists(context, state))) return;
  for (const file of ['terraform.tfstate', 'terraform.tfstate.backup']) await rm(join(dir, file), { force: true });
}

function resultOf(result: StackResult): AccountResult {
  const outputs = parseValue(result.outputs, outputsSchema, 'the outputs of the account stack');
  return { changed: result.changed, changes: result.changes, outputs };
}
