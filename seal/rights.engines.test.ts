import { CreatePolicyCommand, IAMClient, PutRolePermissionsBoundaryCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Statement, engines } from '../dev/cloud/testing/open-account.ts';
import { guardPolicies, renderForPeople, statementsOf } from '../stacks/index.ts';
import { type Census, createCensusClients, takeCensus } from './index.ts';
import { type PlantingGround, openPlantingGround, own, region } from './testing/planting-ground.ts';

const values = {
  ...{ prefix: 'lf-acme', account: own, region, partition: 'aws', cluster: 'lf-acme', install: 'acme' },
  ...{
    'state-key': `arn:aws:kms:${region}:${own}:key/state`,
    'cluster-key': `arn:aws:kms:${region}:${own}:key/cluster`,
  },
  ...{ 'expires-at': '2099-01-01T00:00:00Z', 'external-id': 'x', 'vendor-principal': 'x', 'bootstrap-project': 'x' },
  boundary: `arn:aws:iam::${own}:policy/lf-acme-boundary`,
};
const asRendered = (name: string, statements: Parameters<typeof renderForPeople>[1]): Statement[] =>
  JSON.parse(renderForPeople(name, statements, values)).Statement;

describe.skipIf(!engines.available)(
  'the census with the rights, and within the boundary, that the account stack gives the runner for it',
  () => {
    let ground: PlantingGround;
    const policy = asRendered('census', statementsOf('runner')['runner-census'] ?? []);
    beforeAll(async () => {
      ground = await openPlantingGround();
      const trust = { Effect: 'Allow', Principal: { AWS: own }, Action: 'sts:AssumeRole' };
      await ground.account.makeRole('lf-acme-runner', trust, policy);
      const iam = ground.client(IAMClient);
      const PolicyDocument = renderForPeople('boundary', guardPolicies.boundary, values);
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'lf-acme-boundary', PolicyDocument }));
      const bounded = { RoleName: 'lf-acme-runner', PermissionsBoundary: Policy?.Arn };
      await iam.send(new PutRolePermissionsBoundaryCommand(bounded));
    });
    afterAll(() => ground?.account.stop());

    const census = async (): Promise<Census> => {
      const { account } = ground;
      const credentials = await account.assume(account.cloud.people.customerAdmin, {
        RoleArn: `arn:aws:iam::${own}:role/lf-acme-runner`,
      });
      const clients = createCensusClients({ region, endpointUrl: account.cloud.endpoint, credentials });
      const signal = new AbortController().signal;
      const asked = { clients, accountId: own, regions: [region], installRoleName: null, signal } as const;
      return takeCensus({ ...asked, regions: [region], now: () => new Date() }).finally(() => clients.close());
    };
    const hidden = (seen: Census): string[] => seen.places.flatMap(({ notVisible }) => notVisible);

    it('sees every place, and makes no call that changes anything or reads data', async () => {
      const before = ground.account.cloud.recording().length;
      expect(hidden(await census())).toEqual([]);
      const calls = ground.account.cloud.recording().slice(before);
      const actions = [...new Set(calls.map(({ service, action }) => `${service}:${action}`))];
      const changing = actions.filter(
        (name) => !/^[a-z0-9-]+:(List|Get|Describe)/.test(name) && name !== 'sts:AssumeRole',
      );
      expect(changing).toEqual([]);
      expect(actions.filter((name) => /GetSecretValue|GetObject$|GetFunction$|BatchGet|Decrypt/.test(name))).toEqual(
        [],
      );
    });

    it.each(policy.map(({ Sid }, index) => [Sid ?? String(index), index] as const))(
      'does not see everything without the statement %s, and says so',
      async (_sid, index) => {
        const others = policy.filter((_, at) => at !== index);
        await ground.account.setPolicy('lf-acme-runner', 'allow', others.length === 0 ? [nothing] : others);
        expect(hidden(await census())).not.toEqual([]);
        await ground.account.setPolicy('lf-acme-runner', 'allow', policy);
      },
    );
  },
);

const nothing: Statement = { Effect: 'Deny', Action: 'iam:CreateUser', Resource: '*' };
