import type { EC2Client } from '@aws-sdk/client-ec2';
import type { InstallContext } from '../context.ts';
import { deleteLeftover, emptyControllerGroups, findLeftovers } from './controller-leftovers.ts';
import type { Journal } from './journal.ts';
import { deleteLoadBalancing, findLoadBalancing } from './load-balancers.ts';
import type { TeardownStep, Thing } from './receipt.ts';
import type { SignedCaller } from './signed-call.ts';

export type SweepParts = {
  context: InstallContext;
  ec2: EC2Client;
  caller: SignedCaller;
  journal: Journal;
  /** The cluster whose controllers made what is swept. */
  cluster: string;
  /** Volumes are the customer's data: kept where the customer says so. */
  keepVolumes: boolean;
  waitMs?: number;
};

const betweenLooksMs = 5000;
const defaultWaitMs = 10 * 60_000;

/** What controllers of the cluster made, as an account shows it now. */
export async function findControllerThings(parts: Pick<SweepParts, 'caller' | 'ec2' | 'cluster'>): Promise<Thing[]> {
  const { loadBalancers, classicLoadBalancers, targetGroups } = await findLoadBalancing(parts.caller, parts.cluster);
  const leftovers = await findLeftovers(parts.ec2, parts.cluster);
  return [
    ...loadBalancers,
    ...classicLoadBalancers,
    ...targetGroups,
    ...leftovers.map(({ kind, id }) => ({ kind, id })),
  ];
}

/** Load balancers first, then the target groups they used. Run again, it finds what is left. */
export async function sweepLoadBalancers(parts: SweepParts, step: TeardownStep): Promise<void> {
  await untilNothingWaits(parts, step, async () => {
    const { loadBalancers, classicLoadBalancers, targetGroups } = await findLoadBalancing(parts.caller, parts.cluster);
    return deleteEach(parts, step, [...loadBalancers, ...classicLoadBalancers, ...targetGroups], (thing) =>
      deleteLoadBalancing(parts.caller, thing),
    );
  });
}

/** Volumes, network interfaces and security groups, as soon as nothing uses them any more. */
export async function sweepLeftovers(parts: SweepParts, step: TeardownStep, patient: boolean): Promise<void> {
  await emptyControllerGroups(parts.ec2, parts.cluster);
  const round = async (): Promise<Thing[]> => {
    const all = await findLeftovers(parts.ec2, parts.cluster);
    const mine = all.filter(({ kind }) => kind !== 'volume' || !parts.keepVolumes);
    const free = mine.filter((each) => each.free);
    const used = mine.filter((each) => !each.free).map(({ kind, id }) => ({ kind, id }));
    const plain = free.map(({ kind, id }) => ({ kind, id }));
    return [...used, ...(await deleteEach(parts, step, plain, (thing) => deleteLeftover(parts.ec2, thing)))];
  };
  if (patient) await untilNothingWaits(parts, step, round);
  else await round();
}

/** Deletes what can be deleted and returns what has to wait. */
async function deleteEach(
  { context, journal }: SweepParts,
  step: TeardownStep,
  things: readonly Thing[],
  remove: (thing: Thing) => Promise<boolean>,
): Promise<Thing[]> {
  const waiting: Thing[] = [];
  for (const thing of things) {
    if (await remove(thing)) {
      await journal.deleted(step, thing);
      context.say({ step: 'teardown', state: 'progress', text: `${step}: ${thing.kind} ${thing.id} deleted` });
    } else waiting.push(thing);
  }
  return waiting;
}

/** AWS lets go of things minutes after their user is gone. What still waits at the end is named, and left to the last look. */
async function untilNothingWaits(parts: SweepParts, step: TeardownStep, round: () => Promise<Thing[]>): Promise<void> {
  const { clock, say, signal } = parts.context;
  const deadline = clock.now().getTime() + (parts.waitMs ?? defaultWaitMs);
  let said = '';
  for (;;) {
    const waiting = await round();
    if (waiting.length === 0) return;
    const names = waiting.map(({ kind, id }) => `${kind} ${id}`).join(', ');
    if (clock.now().getTime() > deadline) {
      await parts.journal.note(`${step}: still in use, so not deleted: ${names}`);
      return;
    }
    if (names !== said) say({ step: 'teardown', state: 'progress', text: `${step}: waiting for ${names}` });
    said = names;
    await clock.sleep(betweenLooksMs, signal);
  }
}
