import { Sha256 } from '@aws-crypto/sha256-js';
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect } from 'vitest';
import { makeSubnet } from '../../dev/cloud/testing/make-subnet.ts';
import { type OpenAccount, openAccount } from '../../dev/cloud/testing/open-account.ts';
import { type Census, createCensusClients, takeCensus } from '../index.ts';

export const own = '123456789012';
export const stranger = '777777777777';
export const strangerRoot = `arn:aws:iam::${stranger}:root`;
export const region = 'eu-central-1';

/** Calls of services that have no client here, signed as the administrator. */
export async function signedCall(
  { admin }: OpenAccount,
  service: string,
  path: string,
  body: string,
  contentType: string,
): Promise<string> {
  const { credentials } = admin;
  const url = new URL(path, admin.endpoint);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    headers: { host: url.host, 'content-type': contentType },
    body,
  });
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body });
  const text = await answer.text();
  expect({ status: answer.status, text }).toMatchObject({ status: 200 });
  return text;
}

/** One resource of every kind, with nobody from outside in any of them. */
async function furnish(account: OpenAccount) {
  const { admin } = account;
  await account.makeRole('inside', { Effect: 'Allow', Principal: { AWS: own }, Action: 'sts:AssumeRole' });
  const clusterRole = await account.makeRole('cluster', {
    Effect: 'Allow',
    Principal: { Service: 'eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
  const s3 = new S3Client({ ...admin, forcePathStyle: true });
  const Bucket = 'seal-bucket';
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
  const { KeyMetadata } = await new KMSClient(admin).send(new CreateKeyCommand({}));
  await new ECRClient(admin).send(new CreateRepositoryCommand({ repositoryName: 'seal/repository' }));
  const { QueueUrl } = await new SQSClient(admin).send(new CreateQueueCommand({ QueueName: 'seal-queue' }));
  const { TopicArn } = await new SNSClient(admin).send(new CreateTopicCommand({ Name: 'seal-topic' }));
  const lambdaRole = await account.makeRole('function', {
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  await new LambdaClient(admin).send(
    new CreateFunctionCommand({
      FunctionName: 'seal-function',
      Role: lambdaRole,
      PackageType: 'Image',
      Code: { ImageUri: `${own}.dkr.ecr.${region}.amazonaws.com/seal/repository@sha256:${'0'.repeat(64)}` },
    }),
  );
  const secret = await new SecretsManagerClient(admin).send(
    new CreateSecretCommand({ Name: 'seal-secret', SecretString: 'kept' }),
  );
  const subnetId = await makeSubnet(account.cloud);
  await new EKSClient(admin).send(
    new CreateClusterCommand({
      name: 'seal-cluster',
      roleArn: clusterRole,
      resourcesVpcConfig: { subnetIds: [subnetId] },
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    }),
  );
  const ec2 = new EC2Client(admin);
  const vpcs = [];
  for (const CidrBlock of ['10.71.0.0/16', '10.72.0.0/16'])
    vpcs.push((await ec2.send(new CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId ?? '');
  const [vpcId = '', otherVpcId = ''] = vpcs;
  return {
    keyId: KeyMetadata?.KeyId ?? '',
    keyArn: KeyMetadata?.Arn ?? '',
    queueUrl: QueueUrl ?? '',
    topicArn: TopicArn ?? '',
    secretArn: secret.ARN ?? '',
    subnetId,
    vpcId,
    otherVpcId,
  };
}
/** A policy with one statement that lets the principal in. */
export const opens = (principal: unknown, action: string, resource: string | undefined, condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: principal,
        Action: action,
        ...(resource === undefined ? {} : { Resource: resource }),
        ...(condition === undefined ? {} : { Condition: condition }),
      },
    ],
  });

export type Found = { place: string; principal: string; where: string; via: string };
export const foundIn = (census: Census): Found[] =>
  census.places.flatMap(({ name, outside }) =>
    outside.map(({ principal, where, via }) => ({ place: name, principal, where, via })),
  );

/** An account with one resource of every kind, a census of it, and what a planting adds to the census. */
export type PlantingGround = {
  account: OpenAccount;
  made: Awaited<ReturnType<typeof furnish>>;
  census(): Promise<Census>;
  /**
   * What a planting adds to what the census found before it. The twin, where the stand-in weighs the policy: with it the stranger's call
   * goes through that was refused before, so what is found is a real way in.
   */
  addedBy(
    plant: () => Promise<unknown>,
    enter?: (stranger: OpenAccount['admin']) => Promise<unknown>,
  ): Promise<Found[]>;
  client<C>(make: new (config: OpenAccount['admin']) => C): C;
  /** The stand-in is one account: from now on its answers say that the other side of each peering is that one. */
  movePeersTo(account: string): void;
};

export async function openPlantingGround(): Promise<PlantingGround> {
  const account = await openAccount();
  const made = await furnish(account);
  let peerOwner = own;
  let before: Found[] | null = null;
  const census = async (): Promise<Census> => {
    const credentials = account.cloud.people.customerAdmin;
    const clients = createCensusClients({ region, endpointUrl: account.cloud.endpoint, credentials });
    clients.of(region).ec2.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        const peerings = 'VpcPeeringConnections' in answer.output ? answer.output.VpcPeeringConnections : undefined;
        for (const one of peerings ?? []) one.AccepterVpcInfo = { ...one.AccepterVpcInfo, OwnerId: peerOwner };
        return answer;
      },
      { step: 'initialize' },
    );
    try {
      return await takeCensus({
        clients,
        accountId: own,
        regions: [region],
        installRoleName: 'lf-acme-install',
        now: () => new Date(),
        signal: new AbortController().signal,
      });
    } finally {
      clients.close();
    }
  };
  const addedBy: PlantingGround['addedBy'] = async (plant, enter) => {
    before ??= foundIn(await census());
    const who = account.as(account.cloud.people.stranger);
    if (enter !== undefined) await expect(enter(who)).rejects.toThrow('another account');
    await plant();
    if (enter !== undefined) await expect(enter(who)).resolves.toBeDefined();
    const known = new Set(before.map((one) => JSON.stringify(one)));
    before = foundIn(await census());
    return before.filter((one) => !known.has(JSON.stringify(one)));
  };
  return {
    account,
    made,
    census,
    addedBy,
    client: (make) => new make(account.admin),
    movePeersTo: (other) => {
      peerOwner = other;
    },
  };
}
