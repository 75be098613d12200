import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  CreateClusterCommand,
  DeleteAccessEntryCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines, simulatedCluster } from '../tools/index.ts';
import { startWorld, type World } from '../world/world.ts';
import type { Credentials } from './index.ts';
import { eksToken } from './testing/eks-token.ts';
import { makeSubnet } from './testing/make-subnet.ts';
import { type AccountHands, handsIn } from './testing/open-account.ts';

const engines = await requireEngines(...simulatedCluster, 'registry', 'moto');
const roleArn = 'arn:aws:iam::123456789012:role/install';
const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

describe.skipIf(!engines.available)('a real API server that asks the stand-in who is there', () => {
  let world: World;
  let hands: AccountHands;
  let dispatcher: Agent;
  let session: Credentials;
  beforeAll(async () => {
    world = await startWorld({ say: () => undefined, nodes: 'kwok' });
    hands = handsIn(world.cloud);
    dispatcher = new Agent({ connect: { ca: world.cluster.caPem } });
    await hands.makeRole('cluster', {
      Effect: 'Allow',
      Principal: { Service: 'eks.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    await hands.makeRole('install', {
      Effect: 'Allow',
      Principal: { AWS: world.cloud.people.vendorInstaller.arn },
      Action: 'sts:AssumeRole',
    });
    const eks = new EKSClient(hands.admin);
    const resourcesVpcConfig = { subnetIds: [await makeSubnet(world.cloud)] };
    await eks.send(
      new CreateClusterCommand({ name: 'one', roleArn: 'arn:aws:iam::123456789012:role/cluster', resourcesVpcConfig }),
    );
    session = await hands.assume(world.cloud.people.vendorInstaller, { RoleArn: roleArn });
  });
  afterAll(async () => {
    await dispatcher?.destroy();
    await world?.stop();
  });

  const listNodes = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${await eksToken(world.cloud, session)}` };
    const answer = await request(`${world.cluster.endpoint}/api/v1/nodes`, { dispatcher, headers });
    await answer.body.dump();
    return answer.statusCode;
  };

  it('knows nobody, then a user without rights, then an administrator, then nobody again', async () => {
    const eks = new EKSClient(hands.admin);
    const entry = { clusterName: 'one', principalArn: roleArn };
    expect(await listNodes()).toBe(401);
    await eks.send(new CreateAccessEntryCommand(entry));
    await expect.poll(listNodes, { timeout: 15_000 }).toBe(403);
    await eks.send(new AssociateAccessPolicyCommand({ ...entry, policyArn, accessScope: { type: 'cluster' } }));
    await expect.poll(listNodes, { timeout: 15_000 }).toBe(200);
    await eks.send(new DeleteAccessEntryCommand(entry));
    await expect.poll(listNodes, { timeout: 15_000 }).toBe(401);
  });
});
