import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstallContext } from '../context.ts';
import { type StackRun, withEngine } from '../stack/apply-stack.ts';
import type { Journal } from './journal.ts';
import type { TeardownStep, Thing } from './receipt.ts';
import { thingsInState } from './state-things.ts';

export type DestroyRequest = {
  context: InstallContext;
  journal: Journal;
  run: StackRun;
  /** Name of the stack in journal and messages. */
  stack: string;
  /** Which things are destroyed now. What depends on them goes with them. */
  which: (thing: Thing) => boolean;
  stepOf: (kind: string) => TeardownStep;
  /** Right before the chosen things are destroyed. */
  prepare?: (chosen: readonly Thing[]) => Promise<void>;
};

const lockTimeoutMs = 5000;

/**
 * Plans the removal of the chosen things, applies exactly that plan, and writes into the journal what the state does not hold any
 * more. Killed in between, the next run compares the state with the inventory that was written before the first removal.
 */
export async function destroyStack(request: DestroyRequest): Promise<{ left: Thing[] }> {
  const { context, journal, run, stack } = request;
  return withEngine(context, run, async (tofu, call) => {
    await tofu.init({}, call);
    const inState = async (): Promise<Thing[]> => {
      const state = await tofu.statePull(call);
      return state === undefined ? [] : thingsInState(state.raw, `the state of ${stack}`);
    };
    const before = await inState();
    await journal.inventory(stack, before);
    await noteGone(request, before);
    const chosen = before.filter(request.which);
    if (chosen.length === 0) return { left: before };
    await request.prepare?.(chosen);
    const whole = chosen.length === before.length;
    const out = join(run.dir, 'landfall.tfplan');
    const { variables } = run;
    try {
      const targets = chosen.flatMap(({ address }) => address ?? []);
      await tofu.plan(
        {
          out,
          lockTimeoutMs,
          destroy: true,
          ...(whole ? {} : { targets }),
          ...(variables === undefined ? {} : { variables }),
        },
        call,
      );
      await tofu.apply({ planFile: out, lockTimeoutMs }, call);
    } finally {
      // A saved plan holds values of the state.
      await rm(out, { force: true });
      await noteGone(request, await inState());
    }
    return { left: await inState() };
  });
}

async function noteGone({ journal, stack, stepOf }: DestroyRequest, now: readonly Thing[]): Promise<void> {
  const still = new Set(now.map(({ address }) => address));
  for (const thing of journal.inventoryOf(stack)) {
    if (!still.has(thing.address)) await journal.deleted(stepOf(thing.kind), thing);
  }
}
