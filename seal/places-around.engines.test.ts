import {
  CreateVpcEndpointCommand,
  CreateVpcEndpointServiceConfigurationCommand,
  CreateVpcPeeringConnectionCommand,
  EC2Client,
  ModifyVpcEndpointServicePermissionsCommand,
} from '@aws-sdk/client-ec2';
import { AssociateIdentityProviderConfigCommand, CreateAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from '@aws-sdk/client-organizations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../dev/cloud/testing/open-account.ts';
import {
  type PlantingGround,
  openPlantingGround,
  opens,
  own,
  region,
  signedCall,
  stranger,
  strangerRoot,
} from './testing/planting-ground.ts';

describe.skipIf(!engines.available)('a principal from outside, planted in the account', () => {
  let ground: PlantingGround;
  beforeAll(async () => {
    ground = await openPlantingGround();
  });
  afterAll(() => ground?.account.stop());

  it('is found among the access entries of a cluster', async () => {
    const principalArn = `arn:aws:iam::${stranger}:role/admin`;
    const added = await ground.addedBy(() =>
      ground.client(EKSClient).send(new CreateAccessEntryCommand({ clusterName: 'seal-cluster', principalArn })),
    );
    const where = `arn:aws:eks:${region}:${own}:cluster/seal-cluster`;
    expect(added).toEqual([{ place: 'eks', principal: principalArn, where, via: 'access entry' }]);
  });

  it('is found as an identity provider that a cluster believes', async () => {
    const oidc = { identityProviderConfigName: 'other', issuerUrl: 'https://login.test', clientId: 'kubernetes' };
    const added = await ground.addedBy(() =>
      ground.client(EKSClient).send(new AssociateIdentityProviderConfigCommand({ clusterName: 'seal-cluster', oidc })),
    );
    const where = `arn:aws:eks:${region}:${own}:cluster/seal-cluster`;
    expect(added).toEqual([{ place: 'eks', principal: 'oidc:other', where, via: 'identity provider' }]);
  });

  it('is found in the policy of a VPC endpoint, where "*" alone lets nobody in', async () => {
    const make = (PolicyDocument: string) =>
      ground.client(EC2Client).send(
        new CreateVpcEndpointCommand({
          VpcId: ground.made.vpcId,
          ServiceName: `com.amazonaws.${region}.s3`,
          PolicyDocument,
        }),
      );
    expect(await ground.addedBy(() => make(opens('*', '*', '*')))).toEqual([]);
    const added = await ground.addedBy(() => make(opens({ AWS: strangerRoot }, '*', '*')));
    expect(added).toEqual([
      {
        place: 'ec2',
        principal: strangerRoot,
        where: expect.stringContaining('vpc-endpoint/vpce-'),
        via: 'endpoint policy',
      },
    ]);
  });

  it('is found among those who may connect to an endpoint service', async () => {
    const ec2 = ground.client(EC2Client);
    const added = await ground.addedBy(async () => {
      const balancer = new URLSearchParams({
        Action: 'CreateLoadBalancer',
        Version: '2015-12-01',
        Name: 'seal',
        Type: 'network',
        'Subnets.member.1': ground.made.subnetId,
      });
      const answer = await signedCall(
        ground.account,
        'elasticloadbalancing',
        '/',
        balancer.toString(),
        'application/x-www-form-urlencoded',
      );
      const arn = /<LoadBalancerArn>([^<]+)</.exec(answer)?.[1] ?? '';
      const { ServiceConfiguration } = await ec2.send(
        new CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [arn] }),
      );
      const ServiceId = ServiceConfiguration?.ServiceId;
      await ec2.send(
        new ModifyVpcEndpointServicePermissionsCommand({ ServiceId, AddAllowedPrincipals: [strangerRoot] }),
      );
    });
    expect(added).toEqual([
      {
        place: 'ec2',
        principal: strangerRoot,
        where: expect.stringContaining('vpc-endpoint-service/'),
        via: 'endpoint service',
      },
    ]);
  });

  it("is found as another account's network that is joined to one of this account", async () => {
    const peer = { VpcId: ground.made.vpcId, PeerVpcId: ground.made.otherVpcId };
    expect(
      await ground.addedBy(() => ground.client(EC2Client).send(new CreateVpcPeeringConnectionCommand(peer))),
    ).toEqual([]);
    ground.movePeersTo(stranger);
    const added = await ground.addedBy(() => Promise.resolve());
    expect(added).toEqual([
      { place: 'ec2', principal: stranger, where: expect.stringContaining('vpc-peering-connection/'), via: 'peering' },
    ]);
  });

  it('is found as a delegated administrator of the organization', async () => {
    const organizations = ground.client(OrganizationsClient);
    let delegated = '';
    const added = await ground.addedBy(async () => {
      await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
      const { CreateAccountStatus } = await organizations.send(
        new CreateAccountCommand({ Email: 'a@b.example', AccountName: 'x' }),
      );
      delegated = CreateAccountStatus?.AccountId ?? '';
      await organizations.send(
        new RegisterDelegatedAdministratorCommand({
          AccountId: delegated,
          ServicePrincipal: 'guardduty.amazonaws.com',
        }),
      );
    });
    expect(added).toEqual([
      {
        place: 'organizations',
        principal: delegated,
        where: expect.stringContaining(':organization/o-'),
        via: 'delegated administrator',
      },
    ]);
  });

  it('is found as somebody with whom a resource is shared', async () => {
    const added = await ground.addedBy(() =>
      signedCall(
        ground.account,
        'ram',
        '/createresourceshare',
        JSON.stringify({
          name: 'seal',
          principals: [stranger],
          resourceArns: [`arn:aws:ec2:${region}:${own}:subnet/${ground.made.subnetId}`],
        }),
        'application/json',
      ),
    );
    expect(added).toEqual([
      { place: 'ram', principal: stranger, where: expect.stringContaining(':resource-share/'), via: 'resource share' },
    ]);
  });
});
