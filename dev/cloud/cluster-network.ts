import { LandfallError } from '../../contract/index.ts';
import type { ClusterNetwork } from './eks/state.ts';
import type { Moto } from './moto.ts';
import { Refusal } from './wire/refusal.ts';

const version = { Version: '2016-11-15' };

/** What EKS looks up and makes in EC2 by itself: the subnets' VPC and the cluster's own security group. */
export function clusterNetwork(moto: Moto): ClusterNetwork {
  return {
    async vpcOf(subnetId) {
      const xml = await moto.query('ec2', { Action: 'DescribeSubnets', ...version, 'SubnetId.1': subnetId });
      const vpc = /<vpcId>([^<]+)<\/vpcId>/.exec(xml)?.[1];
      if (vpc === undefined)
        throw new Refusal(400, 'InvalidParameterException', `The subnet ID '${subnetId}' does not exist`);
      return vpc;
    },
    async createClusterGroup(cluster, vpcId) {
      const xml = await moto.query('ec2', {
        Action: 'CreateSecurityGroup',
        ...version,
        GroupName: `eks-cluster-sg-${cluster}`,
        GroupDescription:
          'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes',
        VpcId: vpcId,
      });
      const group = /<groupId>([^<]+)<\/groupId>/.exec(xml)?.[1];
      if (group === undefined)
        throw new LandfallError('LF-DEV-102', `moto made no security group for cluster ${cluster}: ${xml}`);
      return group;
    },
    async deleteClusterGroup(groupId) {
      await moto.query('ec2', { Action: 'DeleteSecurityGroup', ...version, GroupId: groupId });
    },
  };
}
