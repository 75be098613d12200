import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { noteSkipped, requireEngines } from '../../../dev/index.ts';
import type { RunProcess } from '../../../engines/index.ts';
import { type AzureAccount, openAzureAccount, type Pod } from '../../testing/azure-account.ts';
import { itKeepsStates, type StatePlace, thing } from '../../testing/state-contract.ts';
import { terraformBinaries } from '../../testing/terraform-rig.ts';
import { watchEngine } from '../../testing/watched-engine.ts';
import type { LockingCall } from './lock-holder.ts';

const engines = await requireEngines('tofu', 'azurite');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];
if (engines.available && binaries.length < 2) noteSkipped('Terraform in PATH, beside OpenTofu');

/** Pods that Azure was never told of. */
const strangers: [string, Pod, string][] = [
  ['another service account', { subject: 'system:serviceaccount:shop:gateway' }, 'AADSTS700213'],
  ['a token that is for somebody else', { audience: 'https://kubernetes.default.svc' }, 'AADSTS700212'],
  ['a token that is over', { expiry: '-1m' }, 'AADSTS700024'],
  ['another tenant', { tenantId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3aff' }, 'AADSTS90002'],
];

describe.skipIf(!engines.available)('states in Azure, as the workload identity of the runner’s pod', () => {
  let azure: AzureAccount;
  beforeAll(async () => {
    azure = await openAzureAccount(engines.path('azurite'));
  });
  afterAll(async () => azure?.close());

  describe.each(binaries.map((binary) => ({ binary, name: basename(binary) })))('with the real $name', (engine) => {
    let place: StatePlace;
    const own = (component: string): string => `${engine.name}-${component}`;
    beforeAll(async () => {
      const { stateOf, holderOf, cut, mend } = azure;
      const [rig, other] = [await azure.openPod(engine.binary), await azure.openPod(engine.binary)];
      place = { rig, other, own, stateOf, holderOf, cut, mend };
    });

    itKeepsStates(() => place);

    it('a lock of whoever died while he made the empty state is told, and is a person’s to take off', async () => {
      const { rig } = place;
      const wanted = rig.desired(own('stillborn'), thing('a'));
      const from = new Date();
      let [pid, writes] = [0, 0];
      const dying: RunProcess = (request) =>
        rig.real({
          ...request,
          onSpawn: (identity) => {
            ({ pid } = identity);
            return request.onSpawn?.(identity);
          },
        });
      // First the empty blob, which can be leased; then, with the lease, the state.
      azure.refuseWrites(() => {
        writes += 1;
        if (writes === 2) process.kill(-pid, 'SIGKILL');
        return writes >= 2;
      });
      await expect(rig.act(wanted, { runProcess: dying })).rejects.toMatchObject({ code: 'LF-ENGINES-004' });
      await azure.mend();
      expect(await azure.holderOf(own('stillborn'))).not.toBe('');
      const waits = (dead: LockingCall[]) => rig.act(wanted, { dead }).catch((reason: unknown) => String(reason));
      expect(await waits([])).toMatch(new RegExp(`is locked by .*@${hostname()} since 20\\d\\d-.*\\(init `));
      const dead = { identity: 'pod/x', host: hostname(), epoch: 3, from, to: null };
      expect(await waits([dead])).toMatch(/pod\/x \(epoch 3\) is dead, but .*by hand/);
      await azure.breakLease(own('stillborn'));
      expect(await rig.act(wanted)).toMatchObject({ applies: 1 });
    });

    it('an apply that outlives the pod’s token leaves lock and state behind; the next pass sets both right', async () => {
      const { rig } = place;
      const file = join(rig.privateDir, '..', `outlived-${basename(rig.privateDir)}`);
      onTestFinished(async () => {
        azure.entra.change({ lifetimeSeconds: 3600, aheadMs: 0 });
        await rm(file, { force: true });
      });
      const command = `echo made >> ${file}; sleep 6`;
      const wanted = rig.desired(own('outlived'), {
        module: `resource "terraform_data" "thing" {
  provisioner "local-exec" { command = "${command}" }
}
`,
      });
      azure.entra.change({ lifetimeSeconds: 5 });
      const act = rig.asOneRunner({
        runProcess: (request) =>
          rig.real({
            ...request,
            parseLine: (text) => {
              request.parseLine?.(text);
              if (text.includes('"type":"apply_start"')) azure.entra.change({ aheadMs: 2 * 3_600_000 });
            },
          }),
      });
      await expect(act(wanted)).rejects.toMatchObject({ code: 'LF-RUNNER-166' });
      expect(azure.entra.refused).toContain('AADSTS700024');
      expect(await azure.holderOf(own('outlived'))).not.toBe('');
      expect(await azure.stateOf(own('outlived'))).toMatchObject({ resources: [] });
      azure.entra.change({ lifetimeSeconds: 3600, aheadMs: 0 }); // The kubelet has put a new token there.
      await act(wanted);
      expect(await azure.stateOf(own('outlived'))).toMatchObject({ resources: [{ type: 'terraform_data' }] });
      expect(await azure.holderOf(own('outlived'))).toBe('');
      expect(await readFile(file, 'utf8')).toBe('made\n');
      expect(rig.events.join('\n')).toMatch(/TerraformUnlocked[\s\S]*TerraformStateRescued/);
    });

    it('shows neither a token nor a key to an argument, an environment, a file or a log', async () => {
      const pod = await azure.openPod(engine.binary);
      const secrets = (): string[] => [pod.token, azure.storage.key, ...azure.entra.given];
      const { seen, runProcess, filesWith } = watchEngine(pod, secrets);
      const before = azure.entra.given.length;
      await pod.act(pod.desired(own('quiet'), thing('a', 1)), { runProcess });
      expect(azure.entra.given.length).toBeGreaterThan(before);
      expect(seen.some(({ argv }) => argv.includes('apply'))).toBe(true);
      const told = [...pod.logs, ...pod.events].join('\n');
      for (const secret of secrets()) {
        for (const { argv, environ } of seen) expect(`${argv}${environ}`).not.toContain(secret);
        expect(told).not.toContain(secret);
      }
      expect([...seen.flatMap(({ files }) => files), ...(await filesWith())]).toEqual([]);
      // The proxy's login is in an environment, which shows that it was read, and nowhere else.
      const { password } = azure.proxyLogin;
      expect(seen.some(({ environ }) => environ.includes(encodeURIComponent(password)))).toBe(true);
      expect(`${told}${seen.map(({ argv }) => argv).join('')}`).not.toContain(encodeURIComponent(password));
    });

    it.each(strangers)('gives nothing to %s, and says why', async (_, pod, code) => {
      const stranger = await azure.openPod(engine.binary, pod);
      const given = azure.entra.given.length;
      const name = own(code.toLowerCase());
      await expect(stranger.act(stranger.desired(name, thing('a')))).rejects.toMatchObject({
        code: 'LF-ENGINES-020',
        message: expect.stringContaining(code),
      });
      expect(new Set(azure.entra.refused)).toContain(code);
      expect(azure.entra.given.length).toBe(given);
      expect(await azure.blobs()).not.toContain(`components/${name}/terraform.tfstate`);
    });

    it('the twin: where Azure asks for no federated credential, each of them writes', async () => {
      const open = await openAzureAccount(engines.path('azurite'), { guards: { assertion: false } });
      onTestFinished(() => open.close());
      for (const [, pod, code] of strangers) {
        const stranger = await open.openPod(engine.binary, pod);
        const name = own(code.toLowerCase());
        expect(await stranger.act(stranger.desired(name, thing('a')))).toMatchObject({ applies: 1 });
        expect(await open.stateOf(name)).toMatchObject({ resources: [{ type: 'terraform_data' }] });
      }
    });
  });

  it.skipIf(binaries.length < 2)('OpenTofu and Terraform go on with each other’s state', async () => {
    const [one, two] = await Promise.all(binaries.map((binary) => azure.openPod(binary)));
    if (one === undefined || two === undefined) throw new Error('two engines are needed');
    const wanted = (name: string) => one.desired('shared', thing(name));
    const other = (name: string) => two.desired('shared', thing(name));
    expect(await one.act(wanted('a'))).toMatchObject({ applies: 1 });
    expect(await two.act(other('a'))).toEqual({ outputs: { name: 'a' }, applies: 0 });
    expect(await two.act(other('b'))).toEqual({ outputs: { name: 'b' }, applies: 1 });
    expect(await one.act(wanted('b'))).toEqual({ outputs: { name: 'b' }, applies: 0 });
    expect(await azure.holderOf('shared')).toBe('');
  });

  it.each(['usgovernment', 'china'] as const)(
    'finds its way in the cloud %s by what AKS tells a pod',
    async (cloudName) => {
      const there = await openAzureAccount(engines.path('azurite'), { cloudName });
      onTestFinished(() => there.close());
      for (const binary of binaries) {
        const pod = await there.openPod(binary);
        const name = `${basename(binary)}-there`;
        expect(await pod.act(pod.desired(name, thing('a')))).toMatchObject({ applies: 1 });
        expect(await there.stateOf(name)).toMatchObject({ resources: [{ type: 'terraform_data' }] });
      }
      expect(there.proxy.refused).toEqual([]);
    },
  );

  it('all of it went through the customer’s proxy, to these two hosts and to no other', () => {
    const hosts = ['login.microsoftonline.com:443', `${azure.storage.host}:443`];
    expect(new Set(azure.proxy.tunnels)).toEqual(new Set(hosts));
    expect(azure.proxy.refused).toEqual([]);
  });
});
