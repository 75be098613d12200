import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { requireEngines } from '../../tools/index.ts';
import { createAuthority } from '../../world/authority.ts';
import { type Cloud, type Credentials, type Guards, startCloud } from '../index.ts';

export type OpenAccount = AccountHands & {
  cloud: Cloud;
  /** The world's CA, for the registry. */
  caPem: string;
  /** Signs service account tokens, as the pretended cluster would. */
  serviceAccountKey: KeyObject;
  stop(): Promise<void>;
};

/** What a test does in an account, as its administrator or as the people. */
export type AccountHands = {
  admin: ClientConfig;
  as(credentials: Credentials): ClientConfig;
  /** A role trusted by whom `trust` says, with one inline policy. */
  makeRole(name: string, trust: unknown, allow?: Statement[]): Promise<string>;
  setPolicy(role: string, name: string, statements: Statement[]): Promise<void>;
  removePolicy(role: string, name: string): Promise<void>;
  assume(who: Credentials, input: Omit<AssumeRoleCommandInput, 'RoleSessionName'>): Promise<Credentials>;
};
export type ClientConfig = { endpoint: string; region: string; credentials: Credentials; maxAttempts: number };
export type Statement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
};

/** For `describe.skipIf(!engines.available)`. */
export const engines = await requireEngines('moto', 'registry');

export const issuer = 'https://kubernetes.test';

/** A cloud of its own on loopback, with a pretended cluster attached (its keys are the test's). */
export async function openAccount(guards: Partial<Guards> = {}, now?: () => Date): Promise<OpenAccount> {
  const dir = await mkdtemp(join(tmpdir(), 'lf-cloud-'));
  const ca = await createAuthority(dir);
  const cloud = await startCloud({
    dir,
    address: '127.0.0.1',
    say: () => {},
    ca,
    motoServerPath: engines.path('moto'),
    registryPath: engines.path('registry'),
    guards,
    ...(now === undefined ? {} : { now }),
  });
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  cloud.attachCluster({
    endpoint: 'https://127.0.0.1:6443',
    caPem: 'test CA',
    issuer,
    serviceAccountPublicKeyPem: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  return {
    ...handsIn(cloud),
    cloud,
    caPem: ca.certificatePem,
    serviceAccountKey: keys.privateKey,
    async stop() {
      await cloud.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export function handsIn(cloud: Cloud): AccountHands {
  const as = (credentials: Credentials): ClientConfig => ({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials,
    maxAttempts: 1,
  });
  const admin = as(cloud.people.customerAdmin);
  const iam = new IAMClient(admin);
  const setPolicy = async (role: string, name: string, statements: Statement[]): Promise<void> => {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: name, PolicyDocument }));
  };
  return {
    admin,
    as,
    setPolicy,
    async removePolicy(role, name) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: name }));
    },
    async makeRole(name, trust, allow = []) {
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
      if (allow.length > 0) await setPolicy(name, 'allow', allow);
      return Role?.Arn ?? '';
    },
    async assume(who, input) {
      const sts = new STSClient(as(who));
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleSessionName: 'test', ...input }));
      return {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      };
    },
  };
}
