import { describe, expect, it } from 'vitest';
import type { Placeholder } from '../placeholders.ts';
import { productStatements } from '../roles/product.ts';
import type { Statement } from '../statement.ts';
import { trusts } from '../trusts.ts';
import { renderForCloudFormation, renderTrustForCloudFormation } from './cloudformation.ts';
import { type PlaceholderValues, renderForPeople, renderTrustForPeople } from './people.ts';
import { renderForTerraform, renderTrustForTerraform } from './terraform.ts';

const statement = (resource: string): Statement => ({
  sid: 'A',
  effect: 'Allow',
  actions: ['s3:PutObject', 's3:GetObject'],
  resources: [resource],
  reason: 'because of a test',
  phases: ['run'],
});
const values: PlaceholderValues = {
  prefix: 'lf-acme',
  account: '123456789012',
  region: 'eu-central-1',
  partition: 'aws',
  cluster: 'lf-acme',
  install: 'acme',
  'state-key': 'arn:aws:kms:eu-central-1:123456789012:key/1',
  'cluster-key': 'arn:aws:kms:eu-central-1:123456789012:key/2',
  'expires-at': '2030-01-31T12:00:00.000Z',
  'external-id': 'e'.repeat(20),
  'vendor-principal': 'arn:aws:iam::999999999999:role/v',
  'bootstrap-project': 'lf-acme-bootstrap',
  boundary: 'arn:aws:iam::123456789012:policy/lf-acme-boundary',
};

describe('a statement', () => {
  const bucket = statement('arn:${partition}:s3:::${prefix}-${account}/*');

  it('becomes expressions of the account module', () => {
    expect(renderForTerraform([bucket])).toBe(
      '{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],' +
        '"Resource":["arn:${local.partition}:s3:::${local.prefix}-${var.account_id}/*"]}]}',
    );
  });

  it('becomes text for Fn::Sub', () => {
    const text = renderForCloudFormation([bucket], { prefix: 'Prefix' });
    expect(text).toContain('"arn:${AWS::Partition}:s3:::${Prefix}-${AWS::AccountId}/*"');
  });

  it('becomes what IAM holds', () => {
    const policy: unknown = JSON.parse(renderForPeople('a', [bucket], values));
    expect(policy).toMatchObject({ Statement: [{ Resource: ['arn:aws:s3:::lf-acme-123456789012/*'] }] });
  });

  it.each([
    ['a variable of IAM’s own', '${aws:PrincipalTag/x}'],
    ['an expression', '${file("/etc/passwd")}'],
    ['a template of Terraform', '%{ for x in [1] }x%{ endfor }'],
    ['a quote before a placeholder', 'a"],"Effect":"Allow${prefix}'],
    ['something half open', '${prefix'],
  ])('keeps %s as text', (_, attack) => {
    const known: Record<string, string> = { 'local.prefix': 'lf-acme', NamePrefix: 'lf-acme' };
    const terraform = renderForTerraform([statement(attack)])
      .replaceAll(/(?<!\$)\$\{([^}"]*)\}/g, (whole, name: string) => known[name] ?? whole)
      .replaceAll('$${', '${')
      .replaceAll('%%{', '%{');
    const cloudFormation = renderForCloudFormation([statement(attack)])
      .replaceAll(/\$\{([^!}"][^}"]*)\}/g, (whole, name: string) => known[name] ?? whole)
      .replaceAll('${!', '${');
    const people = renderForPeople('a', [statement(attack)], values);
    for (const text of [terraform, cloudFormation, people]) {
      expect(JSON.parse(text)).toMatchObject({
        Statement: [{ Resource: [attack.replace('${prefix}', 'lf-acme')] }],
      });
    }
  });

  it('is refused when its policy gets longer than IAM takes', () => {
    const many = Array.from({ length: 60 }, (_, i) => statement(`arn:aws:s3:::${'x'.repeat(100)}${i}`));
    expect(() => renderForPeople('product', many, values)).toThrow(/IAM takes 6144/);
  });
});

describe('a trust', () => {
  it('names one principal, the ExternalId and the date', () => {
    expect(JSON.parse(renderTrustForPeople(trusts['install-vendor'], values))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::999999999999:role/v' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'sts:ExternalId': 'e'.repeat(20) },
            DateLessThan: { 'aws:CurrentTime': '2030-01-31T12:00:00.000Z' },
          },
        },
      ],
    });
  });

  it('reads the same in each way to install', () => {
    const terraform = renderTrustForTerraform(trusts['upgrade']);
    expect(terraform).toContain('"arn:${local.partition}:iam::${var.account_id}:role/${local.prefix}-runner"');
    const cloudFormation = renderTrustForCloudFormation(trusts['upgrade']);
    expect(cloudFormation).toContain('"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${NamePrefix}-runner"');
  });
});

describe('permissions of a release', () => {
  const permission = (resource: string): Parameters<typeof productStatements>[0][number] => ({
    sid: 'Events',
    actions: ['s3:CreateBucket'],
    resources: [resource],
    reason: 'because of a test',
  });

  it('get the install’s own names', () => {
    const statements = productStatements([permission('arn:${partition}:s3:::${prefix}-events-${account}')]);
    expect(JSON.parse(renderForPeople('product', statements, values))).toMatchObject({
      Statement: [{ Resource: ['arn:aws:s3:::lf-acme-events-123456789012'] }],
    });
  });

  const notForReleases: Placeholder[] = ['state-key', 'external-id', 'vendor-principal'];
  it.each(['aws_kms_key.state.id', ...notForReleases])('are refused with the placeholder %s', (name) => {
    expect(() => productStatements([permission(`\${${name}}`)])).toThrow(/known are prefix, account/);
  });
});
