import { hostname } from 'node:os';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import { type GuardedCluster, startGuardedCluster } from '../../testing/guarded-cluster.ts';
import { itKeepsStates, type StatePlace, thing } from '../../testing/state-contract.ts';
import { killedAtApply, openTerraformRig, terraformBinaries } from '../../testing/terraform-rig.ts';
import type { LockingCall } from './lock-holder.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];
const namespace = 'landfall-system';
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
const leaseSchema = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.looseObject({ holderIdentity: z.string().nullish() }),
});
const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/landfall-runner`;

describe.skipIf(!engines.available)('states in the cluster, with the rights that the chart gives the runner', () => {
  let world: GuardedCluster;
  beforeAll(async () => {
    world = await startGuardedCluster(engines.path('helm'), { state: { kind: 'kubernetes' } });
  });
  afterAll(async () => world?.close());

  describe.each(binaries.map((binary) => ({ binary, name: basename(binary) })))('with the real $name', (engine) => {
    let place: StatePlace;
    const secretOf = (component: string): string => `${secrets}/tfstate-default-components-${component}-state`;
    const stateOf = async (component: string) => {
      const secret = await world.admin('GET', secretOf(component));
      const { data } = z.object({ data: z.object({ tfstate: z.string() }) }).parse(secret);
      const text = gunzipSync(Buffer.from(data.tfstate, 'base64')).toString();
      return z.looseObject({ serial: z.number(), resources: z.array(z.unknown()) }).parse(JSON.parse(text));
    };
    const leaseOf = (component: string): string => `${leases}/lock-tfstate-default-components-${component}-state`;
    const holderOf = async (component: string): Promise<string> => {
      const lease = await world.admin('GET', leaseOf(component));
      return leaseSchema.parse(lease).spec.holderIdentity ?? '';
    };
    beforeAll(async () => {
      const state = { kind: 'kubernetes', namespace, kubeconfig: world.kubeconfigPath } as const;
      const rules = z.array(z.looseObject({ resources: z.array(z.string()) }));
      const given = z.looseObject({ rules }).parse(await world.admin('GET', role));
      const others = given.rules.filter(({ resources }) => !resources.includes('secrets'));
      place = {
        rig: await openTerraformRig(engine.binary, state),
        other: await openTerraformRig(engine.binary, state),
        own: (component) => `${engine.name}-${component}`,
        stateOf,
        holderOf,
        cut: () => world.admin('PATCH', role, { rules: others }),
        mend: () => world.admin('PATCH', role, { rules: given.rules }),
      };
    });
    afterAll(async () => {
      await place?.rig.close();
      await place?.other.close();
    });

    itKeepsStates(() => place);

    it('a lock of whoever died while he made the empty state is told, and is a person’s to take off', async () => {
      const { rig, own } = place;
      const wanted = rig.desired(own('stillborn'), thing('a'));
      const from = new Date();
      // Where another apply was killed a lock is left; the same one on a state that is not there.
      const killed = rig.desired(own('left'), thing('a', 60));
      await expect(rig.act(killed, { runProcess: killedAtApply(rig.real) })).rejects.toMatchObject({
        code: 'LF-ENGINES-004',
      });
      const lease = leaseSchema.parse(await world.admin('GET', leaseOf(own('left'))));
      const { annotations } = lease.metadata;
      const name = basename(leaseOf(own('stillborn')));
      await world.admin('POST', leases, { ...lease, metadata: { name, namespace, annotations } });
      const waits = (dead: LockingCall[]) => rig.act(wanted, { dead }).catch((reason: unknown) => String(reason));
      expect(await waits([])).toMatch(new RegExp(`is locked by .*@${hostname()} since 20\\d\\d-`));
      const dead = { identity: 'pod/x', host: hostname(), epoch: 3, from, to: null };
      expect(await waits([dead])).toMatch(/pod\/x \(epoch 3\) is dead, but .*by hand/);
      await world.admin('DELETE', leaseOf(own('stillborn')));
      expect(await rig.act(wanted)).toMatchObject({ applies: 1 });
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
