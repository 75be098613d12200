import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';
import { installNames, stateKeys } from '../../stacks/index.ts';
import { prepareAccount } from '../account.ts';
import type { InstallContext } from '../context.ts';
import type { StackRun } from '../stack/apply-stack.ts';
import { stateExists } from '../stack/state-object.ts';
import { localStateFile, readLocalState } from '../stack/whose-state.ts';
import type { AccountClients } from './account-clients.ts';
import { emptyBucket, readObject } from './bucket.ts';
import { destroyStack } from './destroy-stack.ts';
import type { Journal } from './journal.ts';
import { loosenRoles, rolesAmong } from './loosen-roles.ts';
import type { Thing } from './receipt.ts';
import type { TeardownRequest } from './request.ts';
import { thingsInState } from './state-things.ts';

export type AccountStep = {
  context: InstallContext;
  journal: Journal;
  request: TeardownRequest;
  /** The customer's admin. */
  admin: AccountClients;
  /** Keys without which something that is kept cannot be read. */
  keepKeys: readonly string[];
};

/**
 * The account stack, last, by the admin who made it. Its state lies in the bucket that it is about to delete: it moves beside the
 * configuration first, then the bucket is emptied of every version, its own state after all others. So as long as the bucket
 * holds that state, a run that was killed starts from there; afterwards from the local one.
 */
export async function removeAccount(step: AccountStep): Promise<void> {
  const { context, request, journal } = step;
  const prepared = await prepareAccount(context, {
    inputs: request.account,
    credentials: request.credentials,
    access: 'closed',
    teardown: 'closed',
  });
  const { inBucket } = prepared;
  const keepState = request.keep.includes('state');
  let run: StackRun = prepared.run;
  if (keepState && !inBucket) {
    await journal.note('the account stack has no state in the bucket, so nothing of it was removed');
    return;
  }
  if (!keepState) {
    run = inBucket ? await moveStateHere(step, prepared) : await useLocalState(step, prepared.run);
    const deleted = await emptyBucket(step.admin.s3, installNames(request.account).stateBucket, stateKeys.account);
    if (deleted > 0) context.say({ step: 'teardown', state: 'progress', text: `account: ${deleted} versions deleted` });
  }
  const keeps = keptThings(step, keepState);
  const why = keepState ? '--keep state' : 'what is kept is encrypted with it';
  const { left } = await destroyStack({
    context,
    journal,
    run,
    stack: 'account',
    which: (thing) => !keeps(thing),
    stepOf: () => 'account',
    // Of the state alone: in the customer's cluster a role of theirs may bear a name that this install could have given.
    prepare: (chosen) => loosenRoles(step.admin.iam, rolesAmong(chosen)),
  });
  for (const thing of left.filter(keeps)) await journal.kept(thing, why);
  if (left.length > 0 && !keepState) {
    await journal.note(`the account stack's state, with what is kept of it, is ${join(run.dir, localStateFile)}`);
  } else if (!keepState) await rm(join(run.dir, localStateFile), { force: true });
}

type Prepared = Awaited<ReturnType<typeof prepareAccount>>;

/** An object of the bucket is the state as a file is: the same bytes. An older copy of a run that was killed is overwritten. */
async function moveStateHere({ context, admin }: AccountStep, { run, state, folder }: Prepared): Promise<StackRun> {
  const text = await readObject(admin.s3, state.bucket, state.key);
  if (text === undefined || thingsInState(text, 'the state of the account stack').length === 0) {
    const place = `s3://${state.bucket}/${state.key}`;
    throw new LandfallError('LF-TEARDOWN-005', `${place} holds no state of the account stack`);
  }
  const dir = await folder('local');
  await writeFile(join(dir, localStateFile), text, { mode: 0o600 });
  context.say({ step: 'teardown', state: 'progress', text: `account: its state is in ${dir} now` });
  const { state: _inBucket, ...local } = run;
  return { ...local, dir };
}

/** The first run, or one whose bucket is emptied already. */
async function useLocalState({ context, request }: AccountStep, run: StackRun): Promise<StackRun> {
  const { state, ...local } = run;
  const text = await readLocalState(run.dir);
  if (text === undefined && state !== undefined && (await stateExists(context, state))) return run;
  if (text === undefined) {
    const { stateBucket } = installNames(request.account);
    context.say({ step: 'teardown', state: 'progress', text: `account: no state, neither in ${stateBucket} nor here` });
  }
  return local;
}

function keptThings({ keepKeys }: AccountStep, keepState: boolean): (thing: Thing) => boolean {
  return ({ kind, id, address }) => {
    if (kind === 'aws_kms_key' && keepKeys.includes(id)) return true;
    if (!keepState) return false;
    return kind.startsWith('aws_s3_bucket') || /^aws_kms_(key|alias)\.(alias-)?state\b/.test(address ?? '');
  };
}
