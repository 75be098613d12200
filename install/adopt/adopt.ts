import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';
import type { Tofu, TofuCall } from '../../engines/index.ts';
import { type BaseInputsGiven, installNames } from '../../stacks/index.ts';
import type { InstallContext, InstallSession } from '../context.ts';
import type { Adoption } from '../stack/apply-stack.ts';
import { openClients } from '../teardown/account-clients.ts';
import { type Existing, importId } from './import-id.ts';
import { isEmpty, readExisting } from './read-existing.ts';

type AdoptionRequest = { inputs: BaseInputsGiven; session: Pick<InstallSession, 'credentials'> };

const fileName = 'landfall_adopt.tf.json';

/**
 * OpenTofu writes a state in a bucket every 20 seconds at best. When a machine dies within them, things are in the account that no
 * state knows of; the next run would make a second network, or stop at a name that is taken. So before anything is made, each thing
 * that a plan wants to make is looked up by its name and the install's tag, and taken into the state where it exists.
 */
export function adoptionOf(context: InstallContext, { inputs, session }: AdoptionRequest): Adoption {
  const imports: { to: string; id: string }[] = [];
  let existing: Existing | undefined;
  const { installId, accountId, region, mode } = inputs;
  const names = installNames(inputs);
  return {
    next: async (dir, planFile, tofu, call) => {
      if (existing === undefined) {
        const clients = openClients(context, region, session.credentials);
        const request = { context, clients, names, installId, accountId, ownsCluster: mode !== 'cluster' };
        try {
          existing = await readExisting(request);
        } finally {
          await clients.close();
        }
      }
      if (isEmpty(existing)) return false;
      const found = await findImports(existing, planFile, tofu, call);
      if (found.length === 0) return false;
      imports.push(...found);
      const list = found.map(({ to }) => to).join(', ');
      context.say({ step: 'base', state: 'progress', text: `made by an earlier run that was killed: ${list}` });
      await writeFile(join(dir, fileName), `${JSON.stringify({ import: imports }, null, 2)}\n`, { mode: 0o600 });
      return true;
    },
    forget: (dir) => rm(join(dir, fileName), { force: true }),
  };
}

async function findImports(
  existing: Existing,
  planFile: string,
  tofu: Tofu,
  call: TofuCall,
): Promise<{ to: string; id: string }[]> {
  const { resourceChanges } = await tofu.showPlan({ planFile }, call);
  return resourceChanges.flatMap((change) => {
    if (change.mode !== 'managed' || change.change.actions.join() !== 'create') return [];
    const found = importId(change, existing);
    if (found.kind === 'several') {
      const message = `${change.address} exists ${found.ids.length} times in the account: ${found.ids.join(', ')}`;
      throw new LandfallError('LF-INSTALL-031', message);
    }
    return found.kind === 'one' ? [{ to: change.address, id: found.id }] : [];
  });
}
