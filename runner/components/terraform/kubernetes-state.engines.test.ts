import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import { type GuardedCluster, startGuardedCluster } from '../../testing/guarded-cluster.ts';
import { itKeepsStates, type StatePlace } from '../../testing/state-contract.ts';
import { openTerraformRig, terraformBinaries } from '../../testing/terraform-rig.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];
const namespace = 'landfall-system';
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
const leaseSchema = z.looseObject({ spec: z.looseObject({ holderIdentity: z.string().nullish() }) });
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
    const holderOf = async (component: string): Promise<string> => {
      const path = `${leases}/lock-tfstate-default-components-${component}-state`;
      const lease = await world.admin('GET', path);
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
