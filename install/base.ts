import { join } from 'node:path';
import { z } from 'zod';
import { LandfallError } from '../contract/index.ts';
import { type BaseInputsGiven, installNames, stateKeys, synthesise } from '../stacks/index.ts';
import type { InstallContext, InstallSession } from './context.ts';
import { confirmAccount } from './identity.ts';
import { applyStack, planStack, type StackPlan, type StackRun } from './stack/apply-stack.ts';

export type BaseRequest = { inputs: Omit<BaseInputsGiven, 'backend'>; session: InstallSession };

const outputsSchema = z.object({
  clusterName: z.string(),
  clusterEndpoint: z.url(),
  /** Base64 of the PEM, as EKS gives it. */
  clusterCa: z.base64(),
  registryHost: z.string(),
  stateKeyArn: z.string(),
  vpcId: z.string(),
  publicSubnetIds: z.array(z.string()),
  privateSubnetIds: z.array(z.string()),
});

export type BaseOutputs = z.infer<typeof outputsSchema>;
export type BaseResult = StackPlan & { outputs: BaseOutputs };

/** Network, cluster and registry, by the install role's session; state in the account's bucket, locked. */
export async function installBase(context: InstallContext, request: BaseRequest): Promise<BaseResult> {
  const result = await applyStack(context, await prepare(context, request));
  const outputs = outputsSchema.safeParse(result.outputs);
  if (!outputs.success) {
    throw new LandfallError('LF-INSTALL-004', `the base stack's outputs are not complete: ${outputs.error.message}`, {
      cause: outputs.error,
    });
  }
  context.say({
    step: 'base',
    state: 'done',
    text: `cluster ${outputs.data.clusterName} at ${outputs.data.clusterEndpoint}`,
  });
  return { changed: result.changed, changes: result.changes, outputs: outputs.data };
}

/** What an apply of the base stack would change. */
export async function planBase(context: InstallContext, request: BaseRequest): Promise<StackPlan> {
  return planStack(context, await prepare(context, request));
}

async function prepare(context: InstallContext, { inputs, session }: BaseRequest): Promise<StackRun> {
  const { credentials } = session;
  const { region } = inputs;
  await confirmAccount(context, inputs, credentials);
  context.say({ step: 'base', state: 'started', text: `base stack of ${inputs.installId}` });
  const state = { bucket: installNames(inputs).stateBucket, key: stateKeys.base, region, credentials };
  const outDir = join(context.workDir, 'base');
  const { dir } = synthesise({ stack: 'base', inputs: { ...inputs, backend: { kind: 's3' } }, outDir });
  return { step: 'base', dir, region, credentials, state };
}
