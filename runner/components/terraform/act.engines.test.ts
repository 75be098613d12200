import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runnerPolicySchema } from '../../../contract/index.ts';
import { requireEngines } from '../../../dev/index.ts';
import type { RunProcess } from '../../../engines/index.ts';
import { startCuttingProxy } from '../../testing/cutting-proxy.ts';
import { openTerraformAccount, type TerraformAccount } from '../../testing/terraform-account.ts';
import { killedAtApply, terraformBinaries, type Wanted } from '../../testing/terraform-rig.ts';
import { filesBelow } from '../../testing/files-below.ts';
import { MustWait } from '../../waits.ts';

const engines = await requireEngines('tofu', 'moto', 'registry');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];

const moduleText = `
variable "name" { type = string }
variable "slow" { default = false }
resource "terraform_data" "thing" {
  input = var.name
  provisioner "local-exec" { command = var.slow ? "sleep 60" : "true" }
}
output "name" { value = terraform_data.thing.output }
output "password" {
  value     = "hunter2"
  sensitive = true
}
`;
const outputs = { outputs: ['name', 'password'] };
const thing = (name: string, slow = false): Wanted => ({
  module: moduleText,
  variables: { name, ...(slow ? { slow } : {}) },
  settings: outputs,
});
const replaced = (name: string) => ({
  module: `resource "terraform_data" "other" { input = ${JSON.stringify(name)} }\n`,
});

describe.skipIf(!engines.available).each(binaries.map((binary) => ({ binary, name: basename(binary) })))(
  'a terraform component with the real $name and its state in a bucket',
  ({ binary }) => {
    let account: TerraformAccount;
    let cut = false;
    let proxy: Awaited<ReturnType<typeof startCuttingProxy>>;
    beforeAll(async () => {
      account = await openTerraformAccount(binary, {
        between: async (endpoint) => {
          const isState = (path: string): boolean => /terraform\.tfstate(?:\?|$)/.test(path);
          proxy = await startCuttingProxy(endpoint, (method, path) => cut && method === 'PUT' && isState(path));
          return proxy.endpoint;
        },
      });
    });
    afterEach(() => {
      cut = false;
    });
    afterAll(async () => {
      await account?.close();
      await proxy?.stop();
    });
    const wanted = (name: string, what: Wanted) => account.desired(name, what);

    it('is planned, applied, and its outputs read; sensitive ones stay in the state', async () => {
      expect(await account.act(wanted('first', thing('a')))).toEqual({ outputs: { name: 'a' }, applies: 1 });
      expect(await account.keys()).toContain('components/first/terraform.tfstate');
    });

    it('is not applied again when the plan shows nothing', async () => {
      expect(await account.act(wanted('first', thing('a')))).toEqual({ outputs: { name: 'a' }, applies: 0 });
    });

    it('gives sensitive outputs by the name of a Secret, and writes that once', async () => {
      const settings = { ...outputs, outputsSecret: { namespace: 'shop', name: 'first' } };
      const what = wanted('first', { ...thing('a'), settings });
      const place = { namespace: 'shop', name: 'first', key: 'password' };
      expect(await account.act(what)).toMatchObject({ outputs: { name: 'a', password: place } });
      const secret = account.install.kubernetes.find('Secret', 'first');
      expect(secret?.['data']).toEqual({ password: Buffer.from('hunter2').toString('base64') });
      await account.act(what);
      expect(account.install.kubernetes.find('Secret', 'first')?.metadata.resourceVersion).toBe(
        secret?.metadata.resourceVersion,
      );
    });

    it('leaves nothing on the disk but the cache of providers', async () => {
      expect(await filesBelow(join(account.install.workDir, 'terraform'))).toEqual([]);
      expect(await readdir(account.privateDir)).toEqual([]);
    });

    describe('with a lock on its state', () => {
      const begun = wantedLater('killed');
      const dying = killedAtApply((request) => account.real(request));
      const from = new Date();
      it('stops when its engine is killed, and the lock stays', async () => {
        await expect(account.act(begun(true), { runProcess: dying })).rejects.toMatchObject({ code: 'LF-ENGINES-004' });
        expect(await account.keys()).toContain('components/killed/terraform.tfstate.tflock');
      });

      it.each([
        ['nobody is known to have died', []],
        ['who died was on another machine', [{ host: 'elsewhere', from, to: null }]],
        ['who died began later', [{ host: hostname(), from: new Date(Date.now() + 3_600_000), to: null }]],
      ])('waits while %s, and tells who holds it and since when', async (_, dead) => {
        const calls = dead.map((call) => ({ ...call, identity: 'pod/x', epoch: 1 }));
        const error = await account.act(begun(false), { dead: calls }).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(MustWait);
        expect(error).toMatchObject({ waiting: { reason: 'StateLocked' } });
        expect(String(error)).toMatch(new RegExp(`@${hostname()} since 20\\d\\d-.*OperationTypeApply`));
      });

      it('goes on when its holder is proven dead, and says whose lock it took off', async () => {
        const dead = [{ identity: 'pod/landfall-system/r/uid', host: hostname(), epoch: 3, from, to: null }];
        expect(await account.act(begun(false), { dead })).toMatchObject({ outputs: { name: 'b' } });
        expect(await account.keys()).not.toContain('components/killed/terraform.tfstate.tflock');
        expect(account.events.join('\n')).toMatch(
          /TerraformUnlocked: .*pod\/landfall-system\/r\/uid \(epoch 3\) is dead/,
        );
      });

      it('takes off by itself the lock of its own engine that was killed', async () => {
        const killed = wantedLater('again');
        let kills = true;
        const once: RunProcess = (request) => (kills ? dying(request) : account.real(request));
        const act = account.asOneRunner({ runProcess: once });
        await expect(act(killed(true))).rejects.toMatchObject({ code: 'LF-ENGINES-004' });
        kills = false;
        expect(await act(killed(false))).toMatchObject({ name: 'b' });
      });
    });

    describe('whose state cannot be written at the end of an apply', () => {
      const made = (): Promise<string[]> =>
        readFile(join(account.privateDir, '..', `made-${basename(account.privateDir)}`), 'utf8').then(
          (text) => text.trim().split('\n'),
          () => [],
        );
      const maker = () => {
        const file = join(account.privateDir, '..', `made-${basename(account.privateDir)}`);
        const module = `resource "terraform_data" "thing" {
  provisioner "local-exec" { command = "echo made >> ${file}" }
}
`;
        return wanted('cut', { module });
      };

      it('keeps it though the runner is killed, and the next one writes it first: nothing is made twice', async () => {
        cut = true;
        // Dead at the moment the engine has ended: nothing of the runner goes on.
        await new Promise<void>((died) => {
          const frozen: RunProcess = async (request) => {
            const result = await account.real(request);
            if (request.args[0] !== 'apply') return result;
            died();
            return new Promise<never>(() => undefined);
          };
          void account.act(maker(), { runProcess: frozen });
        });
        expect(proxy.refused.some((line) => line.includes('components/cut/'))).toBe(true);
        expect(await account.keys()).not.toContain('components/cut/terraform.tfstate');
        expect(await made()).toEqual(['made']);

        // Still not to be written: kept, and nothing is done meanwhile.
        await expect(account.act(maker())).rejects.toThrow(/Writing the state back/);
        expect(await made()).toEqual(['made']);
        cut = false;
        expect(await account.act(maker())).toEqual({ outputs: {}, applies: 0 });
        expect(await made()).toEqual(['made']);
        expect(await account.keys()).toContain('components/cut/terraform.tfstate');
        expect(account.events.join('\n')).toContain('TerraformStateRescued');
        expect(await filesBelow(join(account.install.workDir, 'terraform', 'cut'))).toEqual([]);
      });
    });

    describe('whose plan destroys', () => {
      it('waits for an approval of exactly this plan, on exactly this state', async () => {
        await account.act(wanted('small', thing('a')));
        const smaller = wanted('small', replaced('x'));
        const digest = await digestAsked(() => account.act(smaller));
        const approve = (planDigest: string) =>
          runnerPolicySchema.parse({ approvals: [{ component: 'small', planDigest }] });
        // Another plan has another digest, and the same one after the state has moved on, too.
        await digestAsked(() => account.act(wanted('small', replaced('y')), { policy: approve(digest) }));
        await account.act(wanted('small', thing('b')));
        const later = await digestAsked(() => account.act(smaller, { policy: approve(digest) }));
        expect(later).not.toBe(digest);
        expect(await account.act(smaller, { policy: approve(later) })).toMatchObject({ applies: 1 });
      });

      it('goes without one where the customer trusts the vendor with what holds no data', async () => {
        await account.act(wanted('trusted', thing('a')));
        const smaller = wanted('trusted', replaced('x'));
        await digestAsked(() => account.act(smaller));
        const policy = runnerPolicySchema.parse({ terraform: { destroys: 'protectedOnly' } });
        expect(await account.act(smaller, { policy })).toMatchObject({ applies: 1 });
        expect(await account.read('components/trusted/terraform.tfstate')).not.toContain('"name": "thing"');
      });

      it('is refused where the customer protects the type, approved or not', async () => {
        await account.act(wanted('kept', thing('a')));
        const policy = runnerPolicySchema.parse({ terraform: { protectedTypes: ['terraform_data'] } });
        await expect(account.act(wanted('kept', replaced('x')), { policy })).rejects.toMatchObject({
          waiting: { reason: 'PlanNotAllowed' },
        });
      });

      it('is refused where the component does not allow a type; a provisioner is one', async () => {
        const settings = { ...outputs, allowedTypes: ['terraform_data'] };
        await expect(account.act(wanted('limited', { ...thing('a'), settings }))).rejects.toMatchObject({
          code: 'LF-RUNNER-160',
          message: expect.stringContaining('run terraform_data.thing'),
        });
        const both = { ...outputs, allowedTypes: ['terraform_data', 'provisioner.local-exec'] };
        expect(await account.act(wanted('limited', { ...thing('a'), settings: both }))).toMatchObject({ applies: 1 });
      });

      it('goes as a whole when it is approved, once nothing of the product has it any more', async () => {
        const gone = wanted('gone', thing('a'));
        await account.act(gone);
        const planDigest = await digestAsked(() => account.destroy(gone));
        await account.destroy(gone, {
          policy: runnerPolicySchema.parse({ approvals: [{ component: 'gone', planDigest }] }),
        });
        expect(JSON.parse(await account.read('components/gone/terraform.tfstate'))).toMatchObject({ resources: [] });
        await account.destroy(gone); // Once more, as after a kill: there is nothing left to ask for.
      });
    });

    it('plans and applies nothing but its targets', async () => {
      const module = 'resource "terraform_data" "a" {}\nresource "terraform_data" "b" {}\n';
      await account.act(wanted('aimed', { module, settings: { targets: ['terraform_data.b'] } }));
      const state = JSON.parse(await account.read('components/aimed/terraform.tfstate'));
      expect(JSON.stringify(state)).toContain('"name":"b"');
      expect(JSON.stringify(state)).not.toContain('"name":"a"');
    });

    function wantedLater(name: string) {
      return (slow: boolean) => wanted(name, thing('b', slow));
    }
  },
);

/** What is waited for: an approval of the plan with this digest. */
async function digestAsked(act: () => Promise<unknown>): Promise<string> {
  const error = await act().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MustWait)) throw error instanceof Error ? error : new Error('it did not wait');
  expect(error.waiting.reason).toBe('ApprovalNeeded');
  return error.waiting.details?.planDigest ?? '';
}
