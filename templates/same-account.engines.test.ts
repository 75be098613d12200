import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { AttachRolePolicyCommand, CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../contract/index.ts';
import { type Cloud, startCloud } from '../dev/cloud/index.ts';
import { requireEngines } from '../dev/tools/index.ts';
import { createAuthority } from '../dev/world/index.ts';
import { createProcessRunner } from '../engines/index.ts';
import { installAccount } from '../install/index.ts';
import { type AccountDefaults, accountTemplate, type Template } from './index.ts';
import { type AccountFacts, accountFacts, type AccountOptions } from './testing/account-facts.ts';
import { type Made, resolveTemplate } from './by-hand/resolve-template.ts';
import { accountDefaults, productPermissions } from './testing/sample.ts';

const engines = await requireEngines('moto', 'registry', 'tofu', 'aws-provider');

type Row = { given: Partial<AccountDefaults>; access?: 'closed'; teardown?: 'open' };
const vendor = {
  kind: 'vendor',
  arn: 'arn:aws:iam::999999999999:role/landfall-installer',
  externalId: 'a-random-external-id-0123456789',
} as const;
const rows: [string, Row][] = [
  ['full mode, the job inside the account', { given: {} }],
  [
    'a customer’s VPC and boundary, a vendor outside, Auto Mode, no census',
    {
      given: {
        mode: 'vpc',
        principal: vendor,
        nodeProfile: 'auto',
        census: false,
        permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/their-boundary',
      },
    },
  ],
  [
    'a customer’s cluster, the install ended, the removal open, another prefix',
    { given: { mode: 'cluster', namePrefix: 'acme-lf', clusterName: 'theirs' }, access: 'closed', teardown: 'open' },
  ],
];

describe.skipIf(!engines.available).each(rows)('the account by template and by Terraform: %s', (_, row) => {
  let dir: string;
  const clouds: Cloud[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-same-account-'));
  });
  afterAll(async () => {
    for (const cloud of clouds) await cloud.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  /** An empty account with the customer's own two keys and boundary: moto's CloudFormation makes no keys with tags. */
  async function account(name: string): Promise<{ cloud: Cloud; options: AccountOptions; keys: string[] }> {
    const at = join(dir, name);
    const ca = await createAuthority(dir);
    const cloud = await startCloud({
      dir: at,
      address: '127.0.0.1',
      say: () => undefined,
      ca,
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    clouds.push(cloud);
    const options = { endpoint: cloud.endpoint, region: cloud.region, credentials: cloud.people.customerAdmin };
    const kms = new KMSClient(options);
    const make = async (): Promise<string> => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    await new IAMClient(options).send(new CreatePolicyCommand({ PolicyName: 'their-boundary', PolicyDocument }));
    return { cloud, options, keys: [await make(), await make()] };
  }
  const given = (keys: string[]): AccountDefaults => ({
    ...accountDefaults,
    ...row.given,
    stateKmsKeyArn: keys[0] ?? '',
    clusterKmsKeyArn: keys[1] ?? '',
  });

  it('has the same roles, trusts, policies, boundaries and bucket', async () => {
    const prefix = given([]).namePrefix;
    const byTemplate = await account('template');
    const template = accountTemplate(given(byTemplate.keys), productPermissions);
    const parameters = { InstallAccess: row.access ?? 'open', TeardownAccess: row.teardown ?? 'closed' };
    const made = madeBy(template, parameters);
    await new CloudFormationClient(byTemplate.options).send(
      new CreateStackCommand({
        StackName: 'landfall-account',
        TemplateBody: JSON.stringify(forMoto(template, made)),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      }),
    );
    await attachPolicies(made, byTemplate.options);

    const byTerraform = await account('terraform');
    const { principal, ...inputs } = given(byTerraform.keys);
    await installAccount(
      {
        clock: systemClock,
        runProcess: createProcessRunner({ clock: systemClock }),
        say: () => undefined,
        engines: { tofu: engines.path('tofu'), helm: '' },
        providerMirror: engines.path('aws-provider'),
        workDir: join(dir, 'work'),
        awsEndpointUrl: byTerraform.cloud.endpoint,
      },
      {
        inputs: {
          ...inputs,
          accountId: byTerraform.cloud.accountId,
          region: byTerraform.cloud.region,
          installPrincipal: principal,
          productPermissions,
        },
        credentials: byTerraform.cloud.people.customerAdmin,
        access: row.access ?? 'open',
        teardown: row.teardown ?? 'closed',
      },
    );

    const facts = async ({ options, keys }: { options: AccountOptions; keys: string[] }): Promise<AccountFacts> => {
      let text = JSON.stringify(await accountFacts(options, prefix));
      for (const [i, key] of keys.entries()) text = text.replaceAll(key, `key-${i}`);
      return JSON.parse(text);
    };
    const found = await facts(byTemplate);
    expect(Object.keys(found.roles).length).toBeGreaterThan(2);
    expect(found).toEqual(await facts(byTerraform));
  });
});

/** What the template makes, for what moto's CloudFormation leaves undone. */
function madeBy(template: Template, parameters: Record<string, string>): Made[] {
  const Parameters = structuredClone(template.Parameters);
  for (const [name, Default] of Object.entries(parameters)) Object.assign(Parameters[name] ?? {}, { Default });
  const pseudo = { 'AWS::Partition': 'aws', 'AWS::AccountId': '123456789012', 'AWS::Region': 'eu-central-1' };
  return resolveTemplate({ ...template, Parameters }, pseudo);
}

/** IAM takes a policy as text or as a document, moto's CloudFormation only as a document. */
function forMoto(template: Template, made: Made[]): Template {
  const Resources = structuredClone(template.Resources);
  for (const { id, properties } of made) {
    const document = properties['PolicyDocument'];
    if (typeof document !== 'string') continue;
    Object.assign(Resources[id]?.Properties ?? {}, { PolicyDocument: JSON.parse(document) as unknown });
  }
  // Of a role that is not made the policies are left out; moto reads them all the same.
  for (const { Properties } of Object.values(Resources)) {
    if (Object.hasOwn(Object(Properties['PolicyDocument']), 'Fn::Sub')) Properties['PolicyDocument'] = {};
  }
  return { ...template, Resources };
}

/** moto's CloudFormation makes roles and policies and leaves `ManagedPolicyArns` out: attached here as the template says. */
async function attachPolicies(made: Made[], options: AccountOptions): Promise<void> {
  const iam = new IAMClient(options);
  for (const { type, properties } of made) {
    if (type !== 'AWS::IAM::Role') continue;
    const { RoleName, ManagedPolicyArns } = rolePropertiesSchema.parse(properties);
    for (const PolicyArn of ManagedPolicyArns) await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
}

const rolePropertiesSchema = z.object({ RoleName: z.string(), ManagedPolicyArns: z.array(z.string()) });
