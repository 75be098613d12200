import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../contract/index.ts';
import { runnerPolicySchema } from '../../../contract/index.ts';
import type { TofuResourceChange } from '../../../engines/index.ts';
import { changeOf } from '../../base/testing/plan-of.ts';
import { limitsOf } from './act.ts';
import { judgePlan, judgeProviders, judgeRemoved, matches, type PlanLimits } from './judge-plan.ts';

const none: PlanLimits = {
  allowed: [],
  protected: [],
  approve: 'destroys',
  destroys: 'required',
  dataStores: 'refuse',
};
const release = (patterns: string[]) => ({ by: 'release' as const, patterns });
const policy = (patterns: string[]) => ({ by: 'policy' as const, patterns });
const judge = (changes: TofuResourceChange[], limits: Partial<PlanLimits> = {}, document: JsonObject = {}) => {
  const { refused, asks } = judgePlan({ resourceChanges: changes, document }, { ...none, ...limits });
  return {
    refused: refused.map(({ kind, by, address }) => `${kind} ${address} by the ${by}`),
    asks: asks.map(({ verb, address }) => `${verb} ${address}`),
  };
};

describe('a plan, against what is allowed and protected', () => {
  const vpc = (...actions: string[]) => changeOf('aws_vpc', actions);
  const imported = { ...vpc('no-op'), change: { actions: ['no-op'], importing: { id: 'vpc-1' } } };
  const rows: [string, TofuResourceChange[], Partial<PlanLimits>, { refused?: string[]; asks?: string[] }][] = [
    ['what is made or changed goes', [vpc('create'), changeOf('aws_sqs_queue', ['update'])], {}, {}],
    ['what is only read goes', [{ ...vpc('delete'), mode: 'data' }], {}, {}],
    ['what is deleted is asked for', [vpc('delete')], {}, { asks: ['delete aws_vpc.it'] }],
    ['what is replaced is asked for', [vpc('create', 'delete')], {}, { asks: ['replace aws_vpc.it'] }],
    ['what is forgotten is asked for', [vpc('forget')], {}, { asks: ['delete aws_vpc.it'] }],
    ['what is taken into the state is asked for', [imported], {}, { asks: ['import aws_vpc.it'] }],
    [
      'what is deleted or replaced goes, where the customer trusts',
      [vpc('delete'), vpc('create', 'delete')],
      { destroys: 'protectedOnly' },
      {},
    ],
    [
      'but for what nobody knows to hold none: there, too, it is asked for',
      [changeOf('postgresql_database', ['delete']), changeOf('aws_cloudwatch_log_group', ['create', 'delete'])],
      { destroys: 'protectedOnly' },
      { asks: ['delete postgresql_database.it', 'replace aws_cloudwatch_log_group.it'] },
    ],
    [
      'but for what holds data, when all of it is meant to go',
      [vpc('delete'), changeOf('aws_s3_bucket', ['delete'])],
      { destroys: 'protectedOnly', dataStores: 'ask' },
      { asks: ['delete aws_s3_bucket.it'] },
    ],
    [
      'nor is a bucket ever deleted because of it, or what is protected',
      [changeOf('aws_s3_bucket', ['delete']), vpc('delete')],
      { destroys: 'protectedOnly', protected: [policy(['aws_vpc'])] },
      { refused: ['protected aws_s3_bucket.it by the release', 'protected aws_vpc.it by the policy'] },
    ],
    [
      'and what is forgotten or taken into the state is asked for all the same',
      [vpc('forget'), imported],
      { destroys: 'protectedOnly' },
      { asks: ['delete aws_vpc.it', 'import aws_vpc.it'] },
    ],
    [
      'who looks at every change looks at deletions, too',
      [vpc('delete')],
      { destroys: 'protectedOnly', approve: 'changes' },
      { asks: ['delete aws_vpc.it'] },
    ],
    ['what nobody knows is refused', [vpc('dance')], {}, { refused: ['unknown aws_vpc.it by the release'] }],
    [
      'a bucket is never deleted',
      [changeOf('aws_s3_bucket', ['delete'])],
      {},
      { refused: ['protected aws_s3_bucket.it by the release'] },
    ],
    [
      'nor replaced',
      [changeOf('aws_s3_bucket', ['delete', 'create'])],
      {},
      { refused: ['protected aws_s3_bucket.it by the release'] },
    ],
    [
      'nor a database, of any kind',
      [changeOf('aws_db_instance', ['create', 'delete'])],
      {},
      { refused: ['protected aws_db_instance.it by the release'] },
    ],
    ['a bucket may be changed', [changeOf('aws_s3_bucket', ['update'])], {}, {}],
    [
      'a setting of a bucket is no bucket',
      [changeOf('aws_s3_bucket_versioning', ['delete'])],
      {},
      { asks: ['delete aws_s3_bucket_versioning.it'] },
    ],
    [
      'when all of it is meant to go, data is asked for like the rest',
      [changeOf('aws_s3_bucket', ['delete'])],
      { dataStores: 'ask' },
      { asks: ['delete aws_s3_bucket.it'] },
    ],
    [
      'a type that the component protects is never deleted, then neither',
      [vpc('delete')],
      { dataStores: 'ask', protected: [release(['aws_vpc'])] },
      { refused: ['protected aws_vpc.it by the release'] },
    ],
    [
      'nor one that the customer protects',
      [vpc('delete')],
      { protected: [policy(['aws_*'])] },
      { refused: ['protected aws_vpc.it by the policy'] },
    ],
    ['a protected type may be made and changed', [vpc('update')], { protected: [policy(['aws_*'])] }, {}],
    [
      'a type that is not allowed is refused, also to be made',
      [vpc('create')],
      { allowed: [release(['aws_s3_*'])] },
      { refused: ['type aws_vpc.it by the release'] },
    ],
    [
      'one that the release allows and the customer does not is refused',
      [vpc('create')],
      { allowed: [release(['aws_*']), policy(['aws_s3_*'])] },
      { refused: ['type aws_vpc.it by the policy'] },
    ],
    [
      'one that the customer allows and the release does not, too',
      [vpc('create')],
      { allowed: [release(['aws_s3_*']), policy(['*'])] },
      { refused: ['type aws_vpc.it by the release'] },
    ],
    ['one that both allow goes', [vpc('create')], { allowed: [release(['aws_*']), policy(['aws_vpc'])] }, {}],
    [
      'where the customer looks at every change, each is asked for',
      [vpc('create')],
      { approve: 'changes' },
      { asks: ['create aws_vpc.it'] },
    ],
  ];
  it.each(rows)('%s', (_, changes, limits, expected) => {
    expect(judge(changes, limits)).toEqual({ refused: [], asks: [], ...expected });
  });

  it.each([
    ...['aws_dynamodb_table', 'aws_docdb_cluster', 'aws_neptune_cluster', 'aws_redshift_cluster'],
    ...['aws_memorydb_cluster', 'aws_fsx_lustre_file_system', 'aws_fsx_ontap_volume', 'aws_s3tables_table'],
    ...['aws_timestreamwrite_table', 'aws_keyspaces_table', 'aws_cognito_user_pool', 'aws_backup_vault'],
    ...['aws_lightsail_database', 'aws_elasticsearch_domain', 'azurerm_storage_share', 'azurerm_storage_table'],
    ...['azurerm_redis_cache', 'azurerm_mariadb_server', 'azurerm_kusto_database', 'azurerm_netapp_volume'],
    ...['google_storage_bucket', 'google_sql_database_instance', 'kubernetes_persistent_volume_claim_v1'],
  ])('%s is never deleted, however much the customer trusts', (type) => {
    const deleted = [changeOf(type, ['delete'])];
    const expected = { refused: [`protected ${type}.it by the release`], asks: [] };
    expect(judge(deleted, { destroys: 'protectedOnly' })).toEqual(expected);
  });

  const running = (type: string): JsonObject => ({
    configuration: {
      root_module: {
        module_calls: {
          inner: { module: { resources: [{ address: 'terraform_data.x', provisioners: [{ type }] }] } },
        },
      },
    },
  });
  it('a provisioner, however deep, counts as a type of its own', () => {
    const only = { allowed: [policy(['terraform_data', 'aws_*'])] };
    expect(judge([], only, running('local-exec')).refused).toEqual(['type terraform_data.x by the policy']);
    expect(judge([], { allowed: [policy(['provisioner.local-exec'])] }, running('local-exec')).refused).toEqual([]);
    expect(judge([], {}, running('local-exec')).refused).toEqual([]);
  });

  const external = 'registry.opentofu.org/hashicorp/external';
  it.each<[string, string[], PlanLimits['allowed'], string[]]>([
    ['is refused where a customer names other types', [external], [policy(['aws_*'])], ['policy']],
    ['and where the release does', [external], [release(['aws_*']), policy(['data.external'])], ['release']],
    ['whoever publishes it', ['registry.terraform.io/acme/external'], [policy(['aws_*'])], ['policy']],
    ['goes where both allow it', [external], [release(['aws_*', 'data.external']), policy(['*'])], []],
    ['and where nobody limits types', [external], [], []],
    ['is no other provider', ['registry.opentofu.org/hashicorp/aws', 'x.test/external/aws'], [policy(['aws_*'])], []],
  ])('a provider that runs programs %s', (_, sources, allowed, owners) => {
    expect(judgeProviders(sources, { allowed }).map(({ by }) => by)).toEqual(owners);
  });
});

it.each<[string, string | null, string[], string[]]>([
  ['is refused like any other', 'local-exec', ['terraform_data', 'aws_*'], ['policy']],
  ['goes where its type is allowed', 'local-exec', ['provisioner.local-exec'], []],
  ['of another type does not', 'remote-exec', ['provisioner.local-exec'], ['policy']],
  ['of a type not plainly written does not, either', null, ['provisioner.local-exec'], ['policy']],
  ['of such a type goes where all of them are allowed', null, ['provisioner.*'], []],
])('a provisioner of a removed block %s', (_, type, patterns, owners) => {
  const refused = judgeRemoved([{ file: 'a.tf', type }], { allowed: [policy(patterns)] });
  expect(refused.map(({ by }) => by)).toEqual(owners);
});

describe("the customer's limits", () => {
  const component = { allowedTypes: ['aws_*'], protectedTypes: ['aws_vpc'] };
  it('come beside those of the component and can take none of them away', () => {
    const given = runnerPolicySchema.parse({
      terraform: {
        allowedTypes: ['*'],
        protectedTypes: ['aws_subnet'],
        approve: 'changes',
        destroys: 'protectedOnly',
      },
    });
    expect(limitsOf(component, given, false)).toEqual({
      allowed: [release(['aws_*']), policy(['*'])],
      protected: [policy(['aws_subnet']), release(['aws_vpc'])],
      approve: 'changes',
      destroys: 'protectedOnly',
      dataStores: 'refuse',
    });
  });

  it('are none where the policy says nothing', () => {
    expect(limitsOf(component, runnerPolicySchema.parse({}), false)).toMatchObject({
      allowed: [release(['aws_*'])],
      approve: 'destroys',
    });
  });
});

it.each([
  ['aws_s3_bucket', 'aws_s3_bucket', true],
  ['aws_s3_bucket', 'aws_s3', false],
  ['aws_s3_bucket', 'aws_s3_*', true],
  ['aws_s3_bucket', '*_bucket', true],
  ['aws_s3_bucket', '*s3*', true],
  ['aws_s3_bucket', '*', true],
  ['aws_s3', 'aws_s3*s3', false],
  ['provisioner.local-exec', 'provisioner.*', true],
  ['provisionerxlocal-exec', 'provisioner.*', false],
])('%s and the pattern %s: %s', (type, pattern, expected) => {
  expect(matches(type, pattern)).toBe(expected);
});

it('a pattern of many stars comes to its end: whoever tried every way would take years', () => {
  expect(matches('a'.repeat(100), `${'*a'.repeat(49)}*b`)).toBe(false);
});
