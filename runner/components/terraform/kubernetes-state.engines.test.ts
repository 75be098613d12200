import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { runnerPolicySchema } from '../../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import type { RunProcess } from '../../../engines/index.ts';
import { type GuardedCluster, startGuardedCluster } from '../../testing/guarded-cluster.ts';
import {
  killedAtApply,
  openTerraformRig,
  type TerraformRig,
  terraformBinaries,
  type Wanted,
} from '../../testing/terraform-rig.ts';
import { MustWait } from '../../waits.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];
const namespace = 'landfall-system';
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/landfall-runner`;

/** Long enough for the test to do something meanwhile. */
const thing = (name: string, seconds = 0): Wanted => ({
  module: `
variable "name" { type = string }
resource "terraform_data" "thing" {
  input = var.name
  provisioner "local-exec" { command = "sleep ${seconds}" }
}
output "name" { value = terraform_data.thing.output }
`,
  variables: { name },
  settings: { outputs: ['name'] },
});

describe.skipIf(!engines.available)('states in the cluster, with the rights that the chart gives the runner', () => {
  let world: GuardedCluster;
  beforeAll(async () => {
    world = await startGuardedCluster(engines.path('helm'), { state: { kind: 'kubernetes' } });
  });
  afterAll(async () => world?.close());

  describe.each(binaries.map((binary) => ({ binary, name: basename(binary) })))('with the real $name', (engine) => {
    let rig: TerraformRig;
    const own = (component: string): string => `${engine.name}-${component}`;
    beforeAll(async () => {
      const state = { kind: 'kubernetes', namespace, kubeconfig: world.kubeconfigPath } as const;
      rig = await openTerraformRig(engine.binary, state);
    });
    afterAll(async () => rig?.close());

    const secretOf = (component: string): string => `${secrets}/tfstate-default-components-${own(component)}-state`;
    const stateOf = async (component: string) => {
      const secret = await world.admin('GET', secretOf(component));
      const { data } = z.object({ data: z.object({ tfstate: z.string() }) }).parse(secret);
      const text = gunzipSync(Buffer.from(data.tfstate, 'base64')).toString();
      return z.looseObject({ serial: z.number(), resources: z.array(z.unknown()) }).parse(JSON.parse(text));
    };
    const holderOf = async (component: string): Promise<string> => {
      const lease = await world.admin('GET', `${leases}/lock-tfstate-default-components-${own(component)}-state`);
      return (
        z.looseObject({ spec: z.looseObject({ holderIdentity: z.string().nullish() }) }).parse(lease).spec
          .holderIdentity ?? ''
      );
    };
    const wanted = (component: string, what: Wanted) => rig.desired(own(component), what);

    it('a component is planned and applied; its state is a Secret of the runner’s namespace, and its lock is free again', async () => {
      expect(await rig.act(wanted('first', thing('a')))).toEqual({ outputs: { name: 'a' }, applies: 1 });
      expect(await stateOf('first')).toMatchObject({ resources: [{ type: 'terraform_data' }] });
      expect(await holderOf('first')).toBe('');
      expect(await rig.act(wanted('first', thing('a')))).toEqual({ outputs: { name: 'a' }, applies: 0 });
      expect(await rig.drift(wanted('first', thing('a')))).toEqual([]);
    });

    it('what replaces waits for its approval, and what is removed goes once it is approved', async () => {
      const gone = wanted('gone', thing('a'));
      await rig.act(gone);
      const error = await rig.destroy(gone).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (!(error instanceof MustWait)) throw new Error(`it did not wait: ${String(error)}`);
      const planDigest = error.waiting.details?.planDigest;
      const policy = runnerPolicySchema.parse({ approvals: [{ component: own('gone'), planDigest }] });
      await rig.destroy(gone, { policy });
      expect(await stateOf('gone')).toMatchObject({ resources: [] });
    });

    it('a lock of somebody is waited for, told with who and since when; that of a dead holder is taken off', async () => {
      const from = new Date();
      const dying = killedAtApply(rig.real);
      await expect(rig.act(wanted('killed', thing('b', 60)), { runProcess: dying })).rejects.toMatchObject({
        code: 'LF-ENGINES-004',
      });
      expect(await holderOf('killed')).not.toBe('');
      const next = wanted('killed', thing('b'));
      const error = await rig.act(next).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MustWait);
      expect(error).toMatchObject({ waiting: { reason: 'StateLocked' } });
      expect(String(error)).toMatch(new RegExp(`@${hostname()} since 20\\d\\d-.*OperationTypeApply`));
      const dead = [{ identity: 'pod/landfall-system/r/uid', host: hostname(), epoch: 3, from, to: null }];
      expect(await rig.act(next, { dead })).toMatchObject({ outputs: { name: 'b' } });
      expect(await holderOf('killed')).toBe('');
      expect(rig.events.join('\n')).toMatch(/TerraformUnlocked: .*pod\/landfall-system\/r\/uid \(epoch 3\) is dead/);
    });

    it('a state that could not be written at the end of an apply is written back first, and nothing is made twice', async () => {
      const file = join(rig.privateDir, '..', `made-${basename(rig.privateDir)}`);
      onTestFinished(() => rm(file, { force: true }));
      const maker = wanted('cut', {
        module: `resource "terraform_data" "thing" {
  provisioner "local-exec" { command = "echo made >> ${file}; sleep 4" }
}
`,
      });
      const rules = z.array(z.looseObject({ resources: z.array(z.string()) }));
      const given = z.looseObject({ rules }).parse(await world.admin('GET', role));
      const others = given.rules.filter(({ resources }) => !resources.includes('secrets'));
      const taken: Promise<unknown>[] = [];
      const cutting: RunProcess = (request) =>
        rig.real({
          ...request,
          parseLine: (text) => {
            request.parseLine?.(text);
            if (text.includes('"type":"apply_start"')) taken.push(world.admin('PATCH', role, { rules: others }));
          },
        });
      try {
        await expect(rig.act(maker, { runProcess: cutting })).rejects.toMatchObject({ code: 'LF-RUNNER-166' });
        await Promise.all(taken);
        expect(await stateOf('cut')).toMatchObject({ resources: [] });
        // Still not to be written: kept, and nothing is done meanwhile.
        await expect(rig.act(maker)).rejects.toThrow(/Writing the state back/);
      } finally {
        await world.admin('PATCH', role, { rules: given.rules });
      }
      const again = (): Promise<unknown> => rig.act(maker);
      await vi.waitFor(async () => expect(await again()).toEqual({ outputs: {}, applies: 0 }), { timeout: 20_000 });
      expect(await stateOf('cut')).toMatchObject({ resources: [{ type: 'terraform_data' }] });
      expect(await readFile(file, 'utf8')).toBe('made\n');
      expect(rig.events.join('\n')).toContain('TerraformStateRescued');
      expect(await holderOf('cut')).toBe('');
    });
  });

  it('nothing of it is anywhere else, and what it needs is what the chart gives in that namespace alone', async () => {
    const all = await world.admin('GET', '/api/v1/secrets?labelSelector=tfstate=true');
    const { items } = z
      .object({ items: z.array(z.object({ metadata: z.object({ namespace: z.string() }) })) })
      .parse(all);
    expect(new Set(items.map(({ metadata }) => metadata.namespace))).toEqual(new Set([namespace]));
    const may = (verb: string, resource: string, place: string, group = ''): Promise<boolean> =>
      world.impersonation.isAllowed(null, { namespace: place, group, resource, verb }, new AbortController().signal);
    const group = 'coordination.k8s.io';
    expect([await may('update', 'secrets', namespace), await may('update', 'leases', namespace, group)]).toEqual([
      true,
      true,
    ]);
    expect([await may('update', 'secrets', 'shop'), await may('update', 'leases', 'shop', group)]).toEqual([
      false,
      false,
    ]);
  });
});
