import { readFile, rm } from 'node:fs/promises';
import * as z from 'zod';
import { canonicalJson, LandfallError } from '../../../contract/index.ts';
import type { Tofu, TofuState } from '../../../engines/index.ts';
import { callOf, type CallParts, locking } from './calls.ts';
import { unwrittenStates } from './workspaces.ts';

const stateSchema = z.looseObject({ lineage: z.string(), serial: z.number().int() });

export type Rescue = 'push' | 'there' | 'conflict';

/** What becomes of a state that an apply could not write, beside the one that is in the account. Pure. */
export function decideRescue(text: string, current: Pick<TofuState, 'lineage' | 'serial' | 'raw'> | undefined): Rescue {
  const found = parseState(text);
  if (found === null) return 'conflict'; // Cut off while it was written: what is in it, a person must see.
  if (current === undefined) return 'push';
  if (current.lineage !== found.lineage || current.serial > found.serial) return 'conflict';
  if (current.serial < found.serial) return 'push';
  return canonicalJson(parseState(current.raw)) === canonicalJson(found) ? 'there' : 'conflict';
}

/** Without a word of what is wrong with it: an error of the parser quotes what it read, and this holds secrets. */
function parseState(text: string): z.infer<typeof stateSchema> | null {
  try {
    return stateSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Before anything else is done with a state: what the engine could not write of it is written back, so that what was made is known and not made
 * again. What was written back already is only removed here. When the state has moved on without it, nothing is decided for a person: LF-RUNNER-162.
 */
export async function rescueStates(
  parts: CallParts,
  { target, base, tofu, signal }: { target: string; base: string; tofu: Tofu; signal: AbortSignal },
): Promise<void> {
  for (const file of await unwrittenStates(base)) {
    const rescue = decideRescue(await readFile(file, 'utf8'), await tofu.statePull({ signal }));
    if (rescue === 'conflict') {
      const message = `the state of ${target} that could not be written, ${file}, is not what the one in the account became`;
      throw new LandfallError('LF-RUNNER-162', message, { temporary: true });
    }
    if (rescue === 'push') {
      await parts.effects.run('terraform-rescue', { target, intent: 'a state that could not be written' }, (context) =>
        locking(parts, target, tofu, () => tofu.statePush({ file }, callOf(parts, target, context))),
      );
      const message = 'the state that an apply could not write is written back';
      parts.events.event({ reason: 'TerraformStateRescued', component: target, severity: 'warning', message });
    }
    await rm(file, { force: true });
  }
}
