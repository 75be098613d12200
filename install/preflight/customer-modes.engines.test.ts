import { generateKeyPairSync } from 'node:crypto';
import { CreateVpcEndpointCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateAddonCommand,
  type CreateClusterCommandInput,
  CreateClusterCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, issuer, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { type CustomerNetwork, makeNetwork, type NetworkFlaws } from './testing/customer-network.ts';
import { type LookedAt, lookAt, openVendor, type Vendor } from './testing/looked-at.ts';

const isRead = /:(Describe|List|Get|Head|Simulate)[A-Za-z]+$/;

describe.skipIf(!engines.available)('a preflight of what the customer gave', () => {
  let account: OpenAccount;
  let vendor: Vendor;
  beforeAll(async () => {
    account = await openAccount();
    vendor = await openVendor();
  });
  afterAll(async () => {
    vendor?.stop();
    await account?.stop();
  });

  describe('their VPC', () => {
    const look = (vpc: CustomerNetwork, base: object = {}): Promise<LookedAt> =>
      lookAt(account, vendor, { base: { mode: 'vpc', vpc, ...base } });

    it('passes as customers make them, with reads alone', async () => {
      const looked = await look(await makeNetwork(account));
      expect(looked.checks.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(looked.checks.filter(({ id }) => id.startsWith('vpc')).length).toBe(8);
      expect(looked.recorded.filter((call) => !isRead.test(call))).toEqual([]);
      expect(looked.apiCalls.total).toBe(looked.recorded.length);
    });

    it.each<[string, string, string, NetworkFlaws]>([
      ['subnets in one zone', 'vpc-subnets', 'fail', { oneZone: true }],
      ['no way out', 'vpc-way-out', 'fail', { noWayOut: true }],
      ['no way out and no endpoints', 'vpc-endpoints', 'fail', { noWayOut: true }],
      ['subnets without tags', 'vpc-tags', 'warn', { noTags: true }],
      ['DNS hostnames off', 'vpc-dns', 'fail', { noDns: true }],
      ['subnets of 11 addresses', 'vpc-addresses', 'fail', { small: true }],
    ])('%s: %s is %s', async (_, id, status, flaws) => {
      expect((await look(await makeNetwork(account, flaws))).check(id)).toMatchObject({ status });
    });

    it('that does not exist', async () => {
      const vpc = { id: 'vpc-0123', privateSubnetIds: ['subnet-01', 'subnet-02'], publicSubnetIds: [] };
      const looked = await look(vpc);
      expect([looked.check('vpc').status, looked.check('vpc-subnets').status]).toEqual(['fail', 'fail']);
    });

    it('with subnets of another VPC', async () => {
      const [mine, other] = [await makeNetwork(account), await makeNetwork(account)];
      const looked = await look({
        ...mine,
        privateSubnetIds: [mine.privateSubnetIds[0] ?? '', other.privateSubnetIds[0] ?? ''],
      });
      expect(looked.check('vpc-subnets')).toMatchObject({
        status: 'fail',
        found: expect.stringContaining('not in'),
      });
    });

    it('without a way out, but with endpoints and a private link', async () => {
      const vpc = await makeNetwork(account, { noWayOut: true });
      const ec2 = new EC2Client(account.admin);
      const names = ['ecr.api', 'ecr.dkr', 'sts', 'logs', 'ec2', 'eks', 'eks-auth', 'kms', 's3'];
      for (const name of names) {
        const ServiceName = `com.amazonaws.${account.cloud.region}.${name}`;
        const kind = name === 's3' ? ('Gateway' as const) : ('Interface' as const);
        const SubnetIds = name === 's3' ? {} : { SubnetIds: vpc.privateSubnetIds };
        await ec2.send(
          new CreateVpcEndpointCommand({ VpcId: vpc.id, ServiceName, VpcEndpointType: kind, ...SubnetIds }),
        );
      }
      const serviceName = `com.amazonaws.vpce.${account.cloud.region}.vpce-svc-0123`;
      const looked = await look(vpc, { controlPlaneLink: { kind: 'privatelink', serviceName } });
      expect(looked.checks.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(looked.check('vpc-endpoints')).toMatchObject({ status: 'pass' });
    });
  });

  describe('their cluster', () => {
    let subnetIds: string[];
    beforeAll(async () => {
      subnetIds = (await makeNetwork(account)).privateSubnetIds;
      const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
      account.cloud.attachCluster({
        endpoint: vendor.url,
        caPem: account.caPem,
        issuer,
        serviceAccountPublicKeyPem: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      });
    });
    const look = (clusterName: string): Promise<LookedAt> =>
      lookAt(account, vendor, { base: { mode: 'cluster', clusterName } });
    const eks = (): EKSClient => new EKSClient(account.admin);
    const makeCluster = async (
      name: string,
      more: Partial<CreateClusterCommandInput> = {},
      agent = true,
    ): Promise<void> => {
      const trust = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };
      const roleArn = await account.makeRole(`role-of-${name}`, trust);
      await eks().send(
        new CreateClusterCommand({
          name,
          roleArn,
          version: '1.34',
          resourcesVpcConfig: { subnetIds, endpointPublicAccess: true },
          accessConfig: { authenticationMode: 'API' },
          ...more,
        }),
      );
      if (agent) await eks().send(new CreateAddonCommand({ clusterName: name, addonName: 'eks-pod-identity-agent' }));
    };

    it('passes when it is as it should be, with reads alone', async () => {
      await makeCluster('good');
      const looked = await look('good');
      const open = looked.checks.filter(({ status }) => status !== 'pass').map(({ id }) => id);
      // The stand-in is not given a key in this test.
      expect(open).toEqual(['cluster-encryption']);
      expect(looked.recorded.filter((call) => !isRead.test(call))).toEqual([]);
    });

    it('that does not exist', async () => {
      expect((await look('none')).check('cluster')).toMatchObject({ status: 'fail' });
    });

    it.each<[string, string, string, Partial<CreateClusterCommandInput>, boolean]>([
      ['without the Pod Identity agent', 'cluster-pod-identity', 'fail', {}, false],
      [
        'with authentication by config map alone',
        'cluster-authentication',
        'fail',
        { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
        true,
      ],
    ])('%s: %s is %s', async (what, id, status, more, agent) => {
      const name = what.replaceAll(/\W/g, '-');
      await makeCluster(name, more, agent);
      expect((await look(name)).check(id)).toMatchObject({ status });
    });
  });
});
