import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesise } from '../stacks/index.ts';
import { accountSteps } from './index.ts';
import { resolveTemplate } from './by-hand/resolve-template.ts';
import { sampleTemplates } from './testing/sample.ts';

type Resources = Record<string, Record<string, Record<string, unknown>>>;

/** What moto's CloudFormation leaves out of keys and buckets is compared here as it is written down. */
describe('keys and state bucket of template and module', () => {
  let dir: string;
  let module: Resources;
  const pseudo = { 'AWS::AccountId': '123456789012', 'AWS::Region': 'eu-central-1', 'AWS::Partition': 'aws' };
  const template = resolveTemplate(sampleTemplates['landfall-account'](), pseudo);
  const made = (id: string): Record<string, unknown> => template.find((each) => each.id === id)?.properties ?? {};
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lf-account-module-'));
    const { dir: folder } = await synthesise({ stack: 'account', outDir: dir });
    const text = readFileSync(join(folder, 'cdk.tf.json'), 'utf8');
    module = JSON.parse(text).resource;
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each(['state', 'cluster'])(
    'the %s key turns every year, can be saved for thirty days, and has the same alias',
    (kind) => {
      const id = kind === 'state' ? 'State' : 'Cluster';
      expect(module['aws_kms_key']?.[kind]).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
      expect(made(`${id}Key`)).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 30 });
      expect(module['aws_kms_alias']?.[`alias-${kind}`]?.['name']).toBe(`alias/\${local.prefix}-${kind}`);
      expect(made(`${id}KeyAlias`)['AliasName']).toBe(`alias/lf-acme-${kind}`);
    },
  );

  it('the bucket is versioned, encrypted by the state key with a bucket key, never public, TLS only', () => {
    const of = (type: string, name: string): Record<string, unknown> => module[type]?.[name] ?? {};
    expect(of('aws_s3_bucket_versioning', 'state-versioning')['versioning_configuration']).toEqual({
      status: 'Enabled',
    });
    expect(made('StateBucket')['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    expect(JSON.stringify(of('aws_s3_bucket_server_side_encryption_configuration', 'state-encryption'))).toContain(
      '"bucket_key_enabled":true',
    );
    expect(JSON.stringify(made('StateBucket')['BucketEncryption'])).toContain('"BucketKeyEnabled":true');
    const settings = ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'];
    for (const name of settings) expect(of('aws_s3_bucket_public_access_block', 'state-not-public')[name]).toBe(true);
    expect(Object.values(Object(made('StateBucket')['PublicAccessBlockConfiguration']))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    const policy = String(of('aws_s3_bucket_policy', 'state-tls-only')['policy'])
      .replaceAll('${local.partition}', 'aws')
      .replaceAll('${local.state_bucket}', 'lf-acme-123456789012-state');
    expect(made('StateTlsOnly')['PolicyDocument']).toEqual(JSON.parse(policy));
  });

  it('the guide by hand makes the same', () => {
    const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };
    const steps = accountSteps({
      ...place,
      installPrincipal: { kind: 'codebuild', project: 'lf-acme-bootstrap' },
      installExpiresAt: '2030-01-31T12:00:00.000Z',
    });
    const calls = steps.flatMap((step) => step.calls);
    const operations = calls.map(({ operation }) => operation);
    for (const operation of [
      'EnableKeyRotation',
      'PutBucketVersioning',
      'PutBucketEncryption',
      'PutPublicAccessBlock',
      'PutBucketPolicy',
    ]) {
      expect(operations).toContain(operation);
    }
    const policy = calls.find(({ operation }) => operation === 'PutBucketPolicy')?.input['Policy'];
    expect(policy).toBe(JSON.stringify(made('StateTlsOnly')['PolicyDocument']));
  });
});
