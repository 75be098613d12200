import { join } from 'node:path';
import { installNames, stateKeys } from '../../stacks/index.ts';
import { installAccount } from '../account.ts';
import { prepareBase } from '../base.ts';
import type { InstallContext, InstallSession } from '../context.ts';
import { confirmAccount } from '../identity.ts';
import { stateExists } from '../stack/state-object.ts';
import { type AccountClients, openClients } from './account-clients.ts';
import { removeAccount } from './account-step.ts';
import { destroyStack } from './destroy-stack.ts';
import { emptyCluster } from './empty-cluster.ts';
import { type Journal, openJournal } from './journal.ts';
import { destroyProduct, findProductStates, keepProduct } from './product-states.ts';
import type { Receipt, TeardownStep } from './receipt.ts';
import { deleteRepository, findRepositories, keysOfRepositories } from './registry.ts';
import type { TeardownRequest } from './request.ts';
import { stepOfBaseKind } from './state-things.ts';
import { type SweepParts, sweepLeftovers, sweepLoadBalancers } from './sweep.ts';
import { assumeTeardownRole } from './teardown-role.ts';
import { explainHeldNetwork } from './what-holds.ts';
import { writeReceipt } from './write-receipt.ts';

/**
 * Takes an install out of the account, in the order in which AWS lets go: the runner, what controllers made, the product, nodes,
 * registry, cluster, network, and last the account stack with the states. Each step looks up what is there, so that a run that
 * was killed anywhere is simply run again. Ends with a receipt.
 */
export async function destroyInstall(context: InstallContext, request: TeardownRequest): Promise<Receipt> {
  const { account, credentials } = request;
  const { arn } = await confirmAccount(context, account, credentials);
  const journal = await openJournal(join(context.workDir, 'teardown', 'journal.jsonl'), context.clock, {
    by: arn,
    install: account.installId,
  });
  const admin = openClients(context, account.region, credentials);
  try {
    const { stateBucket, prefix } = installNames(account);
    const { region } = account;
    const isThere = (key: string): Promise<boolean> =>
      stateExists(context, { bucket: stateBucket, key, region, credentials });
    if (await isThere(stateKeys.base)) {
      const session = await openTeardown(context, request, await isThere(stateKeys.account));
      await removeBase({ context, request, journal, admin, session });
    }
    // Looked up anew: the run that takes the account stack away need not be the one that met the registry.
    const keepKeys = request.keep.includes('registry') ? await keysOfRepositories(admin.ecr, prefix) : [];
    await removeAccount({ context, journal, request, admin, keepKeys });
    return await writeReceipt({ context, request, journal, admin });
  } finally {
    await admin.close();
  }
}

/** The account stack makes the role; where CloudFormation keeps that stack, its parameter does. */
async function openTeardown(
  context: InstallContext,
  request: TeardownRequest,
  byTerraform: boolean,
): Promise<InstallSession> {
  const { account, credentials } = request;
  if (byTerraform) {
    await installAccount(context, { inputs: account, credentials, access: 'closed', teardown: 'open' });
  }
  const session = await assumeTeardownRole(context, { ...account, credentials });
  context.say({ step: 'teardown', state: 'started', text: `acting as ${session.roleArn}` });
  return session;
}

type BaseStep = {
  context: InstallContext;
  request: TeardownRequest;
  journal: Journal;
  admin: AccountClients;
  session: InstallSession;
};

async function removeBase(step: BaseStep): Promise<void> {
  const { context, request, journal, session } = step;
  const names = installNames(request.base);
  const { region, mode = 'full' } = request.base;
  const role = openClients(context, region, session.credentials);
  const sweep: SweepParts | undefined =
    mode === 'cluster'
      ? undefined
      : {
          context,
          ec2: role.ec2,
          caller: role.caller,
          journal,
          cluster: names.cluster,
          keepVolumes: request.keep.includes('volumes'),
          ...(request.waitMs === undefined ? {} : { waitMs: request.waitMs }),
        };
  const say = (text: string): void => context.say({ step: 'teardown', state: 'started', text });
  const keepRegistry = request.keep.includes('registry');
  const destroy = async (...steps: TeardownStep[]): Promise<void> => {
    const run = { ...(await prepareBase(context, { inputs: request.base, session })), step: 'teardown' as const };
    const which = ({ kind }: { kind: string }): boolean => steps.includes(stepOfBaseKind(kind));
    try {
      await destroyStack({ context, journal, run, stack: 'base', which, stepOf: stepOfBaseKind });
    } catch (error) {
      const vpc = journal.inventoryOf('base').find(({ kind }) => kind === 'aws_vpc');
      throw await explainHeldNetwork(role.ec2, vpc, error);
    }
  };
  try {
    say('runner: stopping it, and taking the product out of the cluster');
    await emptyCluster({
      context,
      journal,
      eks: role.eks,
      session,
      partition: names.partition,
      region,
      clusterName: names.cluster,
      cluster: mode === 'cluster' ? 'stays' : 'goes',
    });
    say('load-balancers: what controllers made for the product');
    if (sweep !== undefined) await sweepLoadBalancers(sweep, 'load-balancers');
    await removeProduct(step, names.stateBucket);
    say('nodes');
    await destroy('nodes');
    if (sweep !== undefined) {
      await sweepLoadBalancers(sweep, 'load-balancers');
      await sweepLeftovers(sweep, 'leftovers', false);
    }
    await removeRegistry(step, role, names.prefix);
    say('cluster');
    await destroy('cluster');
    if (sweep !== undefined) {
      // Controllers that AWS runs itself (Auto Mode) worked until now.
      await sweepLoadBalancers(sweep, 'load-balancers');
      await sweepLeftovers(sweep, 'leftovers', true);
    }
    say('network');
    await destroy('nodes', 'cluster', 'network', ...(keepRegistry ? [] : (['registry'] as const)));
  } finally {
    await role.close();
  }
}

async function removeProduct({ context, request, journal, admin }: BaseStep, bucket: string): Promise<void> {
  const states = await findProductStates(admin.s3, bucket);
  if (states.length === 0) return;
  const { credentials } = request;
  const parts = { context, journal, bucket, region: request.base.region, credentials };
  if (request.product === 'destroy') await destroyProduct(parts, states);
  else await keepProduct(parts, states, 'give --product to destroy it');
}

async function removeRegistry(
  { context, request, journal }: BaseStep,
  role: AccountClients,
  prefix: string,
): Promise<void> {
  const repositories = await findRepositories(role.ecr, prefix);
  if (request.keep.includes('registry')) {
    for (const { kind, id } of repositories) await journal.kept({ kind, id }, '--keep registry');
    return;
  }
  for (const repository of repositories) {
    await deleteRepository(role.ecr, repository);
    await journal.deleted('registry', { kind: repository.kind, id: repository.id });
    context.say({ step: 'teardown', state: 'progress', text: `registry: ${repository.name} deleted with its images` });
  }
}
