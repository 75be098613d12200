import * as z from 'zod';
import { LandfallError } from '../contract/index.ts';
import { type BaseInputsGiven, installNames, stateKeys, toVariables } from '../stacks/index.ts';
import { adoptionOf } from './adopt/adopt.ts';
import type { InstallContext, InstallSession } from './context.ts';
import { confirmAccount } from './identity.ts';
import { applyStack, planStack, type StackPlan, type StackRun, withEngine } from './stack/apply-stack.ts';
import { moduleFolder } from './stack/module-folder.ts';

export type BaseRequest = { inputs: BaseInputsGiven; session: InstallSession };

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
  clusterVersion: z.string(),
  mode: z.enum(['full', 'vpc', 'cluster']),
  nodeProfile: z.enum(['node-groups', 'auto']),
  autoLimits: z.object({ cpu: z.number(), memory_gib: z.number() }),
});

export type BaseOutputs = z.infer<typeof outputsSchema>;
export type BaseResult = StackPlan & { outputs: BaseOutputs };

/** Network, cluster and registry, by the install role's session; state in the account's bucket, locked. */
export async function installBase(context: InstallContext, request: BaseRequest): Promise<BaseResult> {
  const run = await prepareBase(context, request);
  const result = await applyStack(context, { ...run, adoption: adoptionOf(context, request) });
  const outputs = parseOutputs(result.outputs);
  context.say({ step: 'base', state: 'done', text: `cluster ${outputs.clusterName} at ${outputs.clusterEndpoint}` });
  return { changed: result.changed, changes: result.changes, outputs };
}

/** What the base stack's state says, without a lock and without asking AWS about anything else. */
export async function readBase(context: InstallContext, request: BaseRequest): Promise<BaseOutputs> {
  return withEngine(context, await prepareBase(context, request), async (tofu, call) => {
    await tofu.init({}, call);
    const outputs = Object.entries(await tofu.output(call)).map(([name, output]) => [name, output.value]);
    return parseOutputs(Object.fromEntries(outputs));
  });
}

function parseOutputs(given: unknown): BaseOutputs {
  const outputs = outputsSchema.safeParse(given);
  if (outputs.success) return outputs.data;
  throw new LandfallError('LF-INSTALL-004', `the base stack's outputs are not complete: ${outputs.error.message}`, {
    cause: outputs.error,
  });
}

/** What an apply of the base stack would change. */
export async function planBase(context: InstallContext, request: BaseRequest): Promise<StackPlan> {
  return planStack(context, await prepareBase(context, request));
}

/** The folder of the base stack, with its state in the account's bucket. */
export async function prepareBase(
  context: InstallContext,
  { inputs, session }: Pick<BaseRequest, 'inputs'> & { session: Pick<InstallSession, 'credentials'> },
): Promise<StackRun> {
  const { credentials } = session;
  const { region } = inputs;
  await confirmAccount(context, inputs, credentials);
  context.say({ step: 'base', state: 'started', text: `base stack of ${inputs.installId}` });
  const backend = { bucket: installNames(inputs).stateBucket, key: stateKeys.base, region };
  const variables = toVariables({ stack: 'base', inputs });
  const dir = await moduleFolder(context, { stack: 'base', variables, backend });
  return { step: 'base', dir, region, credentials, state: { ...backend, credentials } };
}
