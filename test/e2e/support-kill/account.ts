import { CreateClusterCommand, CreatePodIdentityAssociationCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Cloud } from '../../../dev/cloud/index.ts';
import { makeSubnet } from '../../../dev/cloud/testing/make-subnet.ts';
import { handsIn } from '../../../dev/cloud/testing/open-account.ts';

export const bucket = 'lf-acme-state';
export const clusterName = 'acme';
export const runnerAccount = { namespace: 'landfall-system', name: 'landfall-runner' };

/** The customer's account as an install leaves it, as far as a runner needs it; made by hand, because this is not a test of the install. */
export async function furnishAccount(cloud: Cloud): Promise<void> {
  const hands = handsIn(cloud);
  const service = (name: string): object => ({
    Effect: 'Allow',
    Principal: { Service: name },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
  const clusterRole = await hands.makeRole('acme-cluster', service('eks.amazonaws.com'));
  const rights = ['s3:*', 'ecr:*', 'eks:DescribeAccessEntry', 'eks:DeleteAccessEntry', 'iam:*'];
  const runnerRole = await hands.makeRole('acme-runner', service('pods.eks.amazonaws.com'), [
    { Effect: 'Allow', Action: rights, Resource: '*' },
  ]);
  const s3 = stateClient(cloud);
  const LocationConstraint = 'eu-central-1';
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }));
  s3.destroy();
  const eks = new EKSClient(hands.admin);
  await eks.send(
    new CreateClusterCommand({
      name: clusterName,
      roleArn: clusterRole,
      resourcesVpcConfig: { subnetIds: [await makeSubnet(cloud)] },
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    }),
  );
  await eks.send(
    new CreatePodIdentityAssociationCommand({
      clusterName,
      namespace: runnerAccount.namespace,
      serviceAccount: runnerAccount.name,
      roleArn: runnerRole,
    }),
  );
  eks.destroy();
}

/** As the account stack makes it: what the runner attaches to the install role at its end. */
export async function makeEndedPolicy(cloud: Cloud, prefix: string): Promise<void> {
  const iam = new IAMClient(handsIn(cloud).admin);
  const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreatePolicyCommand({ PolicyName: `${prefix}-ended`, PolicyDocument }));
  iam.destroy();
}

/** As the customer's admin. */
export function stateClient(cloud: Cloud): S3Client {
  return new S3Client({ ...handsIn(cloud).admin, forcePathStyle: true });
}

export type StateBucket = {
  keys: string[];
  /** The Terraform state of a component, as the bucket has it; null: none. */
  text(component: string): Promise<string | null>;
};

export async function readStateBucket(s3: S3Client): Promise<StateBucket> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const keys = Contents.flatMap(({ Key }) => Key ?? []);
  return {
    keys,
    text: async (component) => {
      const Key = `components/${component}/terraform.tfstate`;
      if (!keys.includes(Key)) return null;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return (await Body?.transformToString()) ?? null;
    },
  };
}
