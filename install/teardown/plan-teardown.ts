import { installNames, stateKeys } from '../../stacks/index.ts';
import type { InstallContext } from '../context.ts';
import { confirmAccount } from '../identity.ts';
import { openClients } from './account-clients.ts';
import { readObject } from './bucket.ts';
import { findProductStates } from './product-states.ts';
import { type TeardownStep, teardownSteps, type Thing } from './receipt.ts';
import { findRepositories } from './registry.ts';
import type { TeardownRequest } from './request.ts';
import { stepOfBaseKind, thingsInState } from './state-things.ts';
import { findControllerThings } from './sweep.ts';

export type TeardownPlan = {
  install: string;
  account: string;
  region: string;
  by: string;
  steps: { step: TeardownStep; things: Thing[] }[];
  kept: (Thing & { why: string })[];
  notes: string[];
};

/** What a teardown would take away, in its order; reads only. */
export async function planTeardown(context: InstallContext, request: TeardownRequest): Promise<TeardownPlan> {
  const { installId, accountId, region } = request.account;
  const names = installNames(request.base);
  const { arn } = await confirmAccount(context, request.account, request.credentials);
  const admin = openClients(context, region, request.credentials);
  try {
    const stack = async (key: string): Promise<Thing[]> => {
      const raw = await readObject(admin.s3, names.stateBucket, key);
      return raw === undefined ? [] : thingsInState(raw, key);
    };
    const base = await stack(stateKeys.base);
    const account = await stack(stateKeys.account);
    const products = await findProductStates(admin.s3, names.stateBucket);
    const ofControllers =
      request.base.mode === 'cluster' ? [] : await findControllerThings({ ...admin, cluster: names.cluster });
    const repositories = (await findRepositories(admin.ecr, names.prefix)).map(({ kind, id }) => ({ kind, id }));
    const isBalancing = ({ kind }: Thing): boolean => /load-balancer|target-group/.test(kind);
    const ofBase = (step: TeardownStep): Thing[] => base.filter(({ kind }) => stepOfBaseKind(kind) === step);
    const product = products.flatMap(({ things }) => things);
    const keeps = (word: (typeof request.keep)[number]): boolean => request.keep.includes(word);
    const leftovers = ofControllers.filter((thing) => !isBalancing(thing));
    const things: Record<TeardownStep, Thing[]> = {
      runner:
        base.length === 0 ? [] : [{ kind: 'helm-release', id: `${names.cluster}/landfall-system/landfall-runner` }],
      'load-balancers': ofControllers.filter(isBalancing),
      product: request.product === 'destroy' ? product : [],
      nodes: ofBase('nodes'),
      leftovers: leftovers.filter(({ kind }) => kind !== 'volume' || !keeps('volumes')),
      registry: keeps('registry') ? [] : repositories,
      cluster: ofBase('cluster'),
      network: ofBase('network'),
      account,
    };
    return {
      install: installId,
      account: accountId,
      region,
      by: arn,
      steps: teardownSteps.map((step) => ({ step, things: things[step] })),
      kept: [
        ...(request.product === 'keep' ? product.map((each) => ({ ...each, why: 'made by the product' })) : []),
        ...(keeps('registry') ? repositories.map((each) => ({ ...each, why: '--keep registry' })) : []),
        ...leftovers
          .filter(({ kind }) => kind === 'volume' && keeps('volumes'))
          .map((each) => ({ ...each, why: '--keep volumes' })),
        ...(keeps('state') ? [{ kind: 'bucket', id: names.stateBucket, why: '--keep state' }] : []),
      ],
      notes: notesOf(request, account.length === 0),
    };
  } finally {
    await admin.close();
  }
}

function notesOf({ base }: TeardownRequest, noAccountState: boolean): string[] {
  return [
    ...(base.mode === 'vpc' ? ['The VPC is the customer’s: nothing of it is touched.'] : []),
    ...(base.mode === 'cluster'
      ? ['The cluster is the customer’s: the runner and what it installed leave it, nothing else is touched.']
      : []),
    ...(noAccountState
      ? ['The account stack has no state in the bucket. If CloudFormation made it, delete its stack there at the end.']
      : []),
  ];
}

/** For people: every thing by name, since this is what they agree to. */
export function planText(plan: TeardownPlan): string[] {
  const { steps, kept, notes } = plan;
  const count = steps.reduce((sum, { things }) => sum + things.length, 0);
  return [
    `Install ${plan.install} in account ${plan.account}, ${plan.region}, by ${plan.by}`,
    ...steps.flatMap(({ step, things }) =>
      things.length === 0
        ? []
        : ['', `${step} (${things.length})`, ...things.map(({ kind, id }) => `  ${kind.padEnd(40)} ${id}`)],
    ),
    ...(kept.length === 0 ? [] : ['', `kept (${kept.length})`]),
    ...kept.map(({ kind, id, why }) => `  ${kind.padEnd(40)} ${id}   ${why}`),
    '',
    ...notes,
    `${count} things would be deleted. Volumes and images cannot be brought back.`,
  ];
}
