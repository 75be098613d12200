import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { identify } from '../engines/index.ts';
import { openJournal } from './teardown/journal.ts';
import { stateText } from './testing/state-text.ts';
import { installFolder } from './work-folder.ts';

const accountId = '123456789012';
const prod = { installId: 'acme-prod', accountId, region: 'eu-central-1' };
const test = { installId: 'acme-test', accountId, region: 'eu-central-1' };

describe('a work folder that several installs share', () => {
  let workDir: string;
  const said: string[] = [];
  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'lf-work-'));
    said.length = 0;
  });
  afterEach(() => rm(workDir, { recursive: true, force: true }));

  const folderOf = (place: typeof prod): Promise<string> =>
    installFolder({ workDir, place, clock: systemClock, say: ({ text }) => said.push(text) });
  const place = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(workDir, path)), { recursive: true });
    await writeFile(join(workDir, path), text);
  };
  const state = 'account/stacks/account/terraform.tfstate';

  it('has a folder for each of them', async () => {
    expect(await folderOf(prod)).toBe(join(workDir, accountId, 'acme-prod'));
    expect(await folderOf(test)).toBe(join(workDir, accountId, 'acme-test'));
    const elsewhere = { ...prod, accountId: '210987654321' };
    expect(await folderOf(elsewhere)).toBe(join(workDir, '210987654321', 'acme-prod'));
  });

  describe('and in which the version before left the account stack of an interrupted run', () => {
    it('gives it to the install whose it is, and to no other', async () => {
      await place(state, stateText(prod));
      const folder = await folderOf(test);
      expect(await readdir(folder)).toEqual([]);
      expect(await readFile(join(workDir, state), 'utf8')).toBe(stateText(prod));
      expect(await readFile(join(await folderOf(prod), state), 'utf8')).toBe(stateText(prod));
      expect(await readdir(workDir)).toEqual([accountId]);
      expect(said).toEqual([expect.stringMatching(/^moved .*account, of an earlier run of this install, to /)]);
    });

    it('goes by the account, too: the same name may be an install of another one', async () => {
      await place(state, stateText({ ...prod, accountId: '210987654321' }));
      expect(await readdir(await folderOf(prod))).toEqual([]);
    });

    it.each([
      ['holds things of two', stateText(prod, test), 'holds things of several installs'],
      [
        'holds nothing that is tagged',
        stateText(prod).replaceAll('landfall:install', 'owner'),
        'does not say which install it is of',
      ],
    ])('is refused to everybody when the state %s, and stays where it is', async (_, text, why) => {
      await place(state, text);
      for (const each of [prod, test]) {
        const refusal = { code: 'LF-INSTALL-013', message: expect.stringContaining(why) };
        await expect(folderOf(each)).rejects.toMatchObject(refusal);
      }
      expect(await readFile(join(workDir, state), 'utf8')).toBe(text);
    });

    it('waits for the end of the apply that goes on there, although its state is empty until then', async () => {
      const apply = spawn('sleep', ['60']);
      const identity = await identify(apply.pid ?? 0);
      await place(state, '');
      const variables = JSON.stringify({ install_id: 'acme-prod', account_id: accountId });
      await place('account/stacks/account/terraform.tfvars.json', variables);
      const marker = { ...identity, at: '2026-01-01T00:00:00.000Z', outlives: true };
      await place('account/stacks/account/landfall.engine.json', JSON.stringify(marker));
      const folder = folderOf(prod);
      await expect
        .poll(() => said.join())
        .toMatch(/^an apply goes on in .*account as process \d+; waiting for its end$/);
      await place(state, stateText(prod));
      apply.kill('SIGKILL');
      expect(await readFile(join(await folder, state), 'utf8')).toBe(stateText(prod));
    });

    it('is refused when that install has begun anew since: a person decides which of the two states counts', async () => {
      const begun = join(await folderOf(prod), 'account');
      await mkdir(begun);
      await place(state, stateText(prod));
      await expect(folderOf(prod)).rejects.toMatchObject({ code: 'LF-INSTALL-013' });
      expect(await readdir(begun)).toEqual([]);
    });

    it('is refused while the command works in it', async () => {
      await place(state, stateText(prod));
      const owner = spawn('sleep', ['60']);
      try {
        const identity = await identify(owner.pid ?? 0);
        const marker = { ...identity, owner: identity, at: '2026-01-01T00:00:00.000Z', outlives: true };
        await place('account/stacks/account/landfall.engine.json', JSON.stringify(marker));
        await expect(folderOf(prod)).rejects.toMatchObject({ code: 'LF-INSTALL-030' });
        expect(await readFile(join(workDir, state), 'utf8')).toBe(stateText(prod));
      } finally {
        owner.kill('SIGKILL');
      }
    });
  });

  it('gives the mark of a killed engine of the base stack to the install whose variables lie beside it', async () => {
    const variables = JSON.stringify({ install_id: 'acme-prod', account_id: accountId });
    await place('base/stacks/base/terraform.tfvars.json', variables);
    expect(await readdir(await folderOf(test))).toEqual([]);
    expect(await readdir(join(await folderOf(prod), 'base', 'stacks', 'base'))).toEqual(['terraform.tfvars.json']);
  });

  it('gives the record of a teardown that was cut to the install that it names, and leaves the one of a finished teardown', async () => {
    const path = join(workDir, 'teardown', 'journal.jsonl');
    const journal = await openJournal(path, systemClock, { by: 'admin', install: 'acme-prod' });
    const cluster = { kind: 'aws_eks_cluster', id: `arn:aws:eks:eu-central-1:${accountId}:cluster/lf-acme-prod` };
    await journal.inventory('base', [cluster, { kind: 'aws_vpc', id: 'vpc-1' }]);
    expect(await readdir(await folderOf(test))).toEqual([]);
    const moved = join(await folderOf(prod), 'teardown', 'journal.jsonl');
    const again = await openJournal(moved, systemClock, { by: 'admin', install: 'acme-prod' });
    expect(again.inventoryOf('base')).toContainEqual(cluster);

    const finished = await openJournal(path, systemClock, { by: 'admin', install: 'acme-test' });
    await finished.deleted('cluster', { ...cluster, id: cluster.id.replace('prod', 'test') });
    await finished.finish();
    expect(await readdir(await folderOf(test))).toEqual([]);
  });
});
