import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { type Clock, LandfallError } from '../contract/index.ts';
import { installNames, type Place } from '../stacks/index.ts';
import type { InstallContext } from './context.ts';
import { settleEarlierEngine } from './stack/engine-marker.ts';
import { localStateFile, notOf, ownerOfState, readLocalState } from './stack/whose-state.ts';
import { unfinishedThings } from './teardown/journal.ts';

export type WorkFolderRequest = { workDir: string; place: Place; clock: Clock; say: InstallContext['say'] };

/**
 * The private folder of one install in a work folder that many may share: `<work folder>/<account>/<install>`. Before there was
 * one for each, they all worked in the work folder itself. What an interrupted run of this install left there is moved here;
 * what is another's stays; a state that does not say whose it is stops everything (LF-INSTALL-013) until a person has looked.
 */
export async function installFolder(request: WorkFolderRequest): Promise<string> {
  const { workDir, place } = request;
  const dir = join(resolve(workDir), place.accountId, place.installId);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const stack of ['account', 'base']) {
    if (await isStackOurs(request, stack, dir)) await takeOver(request, stack, dir);
  }
  if (await isTeardownOurs(request)) await takeOver(request, 'teardown', dir);
  return dir;
}

async function isStackOurs({ workDir, place }: WorkFolderRequest, stack: string, dir: string): Promise<boolean> {
  const folder = stackFolder(resolve(workDir), stack);
  const state = await readLocalState(folder);
  const path = join(folder, localStateFile);
  const owner = state === undefined ? 'nobody' : ownerOfState(state, place);
  if (owner === 'another install') return false;
  if (owner === 'nobody') return (await areVariablesOurs(folder, place)) && !(await exists(join(dir, stack)));
  if (owner !== 'this install') throw notOf(path, owner, place);
  if (!(await exists(join(dir, stack)))) return true;
  const text = `${path} is of install ${place.installId}, which works in ${dir} already: of two states one is older`;
  throw new LandfallError('LF-INSTALL-013', text);
}

const variablesSchema = z.object({ install_id: z.string(), account_id: z.string() });

/** A stack whose state is in the bucket, or not written yet: what matters here is the mark of an engine that was killed or goes on. */
async function areVariablesOurs(folder: string, { installId, accountId }: Place): Promise<boolean> {
  const text = await readFile(join(folder, 'terraform.tfvars.json'), 'utf8').catch(() => '{}');
  const variables = variablesSchema.safeParse(parsed(text)).data;
  return variables?.install_id === installId && variables.account_id === accountId;
}

/** Of a teardown that did not come to its end; by the two names that nothing of another install can bear. */
async function isTeardownOurs({ workDir, place }: WorkFolderRequest): Promise<boolean> {
  const { stateBucket, cluster } = installNames(place);
  const names: Record<string, string> = { aws_s3_bucket: `:::${stateBucket}`, aws_eks_cluster: `:cluster/${cluster}` };
  const things = await unfinishedThings(join(resolve(workDir), 'teardown', 'journal.jsonl'));
  const telling = things.filter(({ kind }) => kind in names);
  return telling.length > 0 && telling.every(({ kind, id }) => id.endsWith(names[kind] ?? ''));
}

async function takeOver({ workDir, clock, say }: WorkFolderRequest, part: string, dir: string): Promise<void> {
  const [from, to] = [join(resolve(workDir), part), join(dir, part)];
  if (await exists(to)) return;
  await settleEarlierEngine(stackFolder(resolve(workDir), part), clock, (pid) => {
    say({
      step: 'account',
      state: 'progress',
      text: `an apply goes on in ${from} as process ${pid}; waiting for its end`,
    });
  });
  await rename(from, to);
  say({ step: 'account', state: 'progress', text: `moved ${from}, of an earlier run of this install, to ${to}` });
}

function stackFolder(workDir: string, stack: string): string {
  return join(workDir, stack, 'stacks', stack);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
