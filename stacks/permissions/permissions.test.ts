import { describe, expect, it } from 'vitest';
import type { Permission } from '../../contract/index.ts';
import { installNames } from '../names.ts';
import { boundaryStatements } from './boundary.ts';
import { installRolePolicies } from './install-role.ts';
import { nodeStatements } from './node-role.ts';
import { productStatements, runnerRoleStatements } from './runner-role.ts';
import { renderPolicy, type Statement } from './statement.ts';
import { installTrust, runnerTrust } from './trust.ts';

const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };
const names = installNames(place);
const expiresAt = '2030-01-31T12:00:00.000Z';
const install = Object.values(installRolePolicies(place, names, expiresAt)).flat();
const runner = runnerRoleStatements(place, names);
const everything = [...install, ...runner, ...nodeStatements(place, names), ...boundaryStatements(names)];
const allowed = (statements: readonly Statement[]): string[] =>
  statements.filter((statement) => statement.effect === 'Allow').flatMap((statement) => [...statement.actions]);

describe('every statement', () => {
  it.each(everything.map((statement) => [statement.sid, statement] as const))(
    '%s says why it is there',
    (_, statement) => {
      expect(statement.reason.length).toBeGreaterThan(20);
      expect(statement.sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(new Set(statement.actions).size).toBe(statement.actions.length);
    },
  );

  it('grants no action by wildcard, but for the boundary’s ceiling, which grants nothing', () => {
    const wild = everything.filter((statement) => allowed([statement]).some((action) => action.includes('*')));
    expect(wild.map((statement) => statement.sid)).toEqual(['Ceiling']);
  });

  it('is on all resources only where AWS knows no narrower one, or where a VPC does not exist yet', () => {
    const wide = [...install, ...runner, ...nodeStatements(place, names)].filter(
      (statement) => statement.effect === 'Allow' && statement.resources?.includes('*') === true,
    );
    expect([...new Set(wide.map((statement) => statement.sid))].sort()).toEqual([
      'FindLogGroup',
      'NetworkCreate',
      'NetworkRead',
      'RegistryLogin',
    ]);
  });
});

describe('the install role', () => {
  it.each([
    'iam:CreateRole',
    'iam:PutRolePolicy',
    'iam:AttachRolePolicy',
    'iam:CreatePolicy',
    'secretsmanager:GetSecretValue',
    'eks:AccessKubernetesApi',
    'kms:CreateKey',
    'logs:GetLogEvents',
    's3:CreateBucket',
  ])('cannot %s', (action) => {
    expect(allowed(install)).not.toContain(action);
  });

  it('passes exactly the three roles that the account stack made, each to its own service', () => {
    const passes = install.filter((statement) => statement.actions.includes('iam:PassRole'));
    expect(passes.map((statement) => [statement.resources, statement.conditions])).toEqual([
      [[names.roles.cluster.arn], { StringEquals: { 'iam:PassedToService': ['eks.amazonaws.com'] } }],
      [[names.roles.node.arn], { StringEquals: { 'iam:PassedToService': ['eks.amazonaws.com', 'ec2.amazonaws.com'] } }],
      [[names.roles.runner.arn], { StringEquals: { 'iam:PassedToService': ['pods.eks.amazonaws.com'] } }],
    ]);
  });

  it('reads and writes one state and its lock, and decrypts with one key', () => {
    const objects = install.filter((statement) =>
      statement.actions.some((action) => /^s3:(Get|Put|Delete)/.test(action)),
    );
    const bucket = 'arn:aws:s3:::lf-acme-123456789012-state';
    expect(new Set(objects.flatMap((statement) => statement.resources ?? []))).toEqual(
      new Set([`${bucket}/base/terraform.tfstate`, `${bucket}/base/terraform.tfstate.tflock`]),
    );
    const decrypting = install.filter((statement) => statement.actions.includes('kms:Decrypt'));
    expect(decrypting.map((statement) => statement.resources)).toEqual([['@state-key']]);
  });

  it('can do nothing after the date, even in a session that still runs', () => {
    expect(install).toContainEqual(
      expect.objectContaining({
        effect: 'Deny',
        actions: ['*'],
        resources: ['*'],
        conditions: { DateGreaterThan: { 'aws:CurrentTime': expiresAt } },
      }),
    );
  });

  it('is trusted to one principal with its ExternalId before the date', () => {
    const trust = JSON.parse(
      installTrust({
        vendorPrincipalArn: 'arn:aws:iam::999999999999:role/v',
        externalId: 'e'.repeat(20),
        installExpiresAt: expiresAt,
      }),
    );
    expect(trust.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::999999999999:role/v' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'sts:ExternalId': 'e'.repeat(20) },
          DateLessThan: { 'aws:CurrentTime': expiresAt },
        },
      },
    ]);
  });
});

describe('the runner role', () => {
  it('can be had by one service account of one cluster', () => {
    expect(JSON.parse(runnerTrust(place)).Statement[0].Condition.StringEquals).toEqual({
      'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:eu-central-1:123456789012:cluster/lf-acme',
      'aws:RequestTag/kubernetes-namespace': 'landfall-system',
      'aws:RequestTag/kubernetes-service-account': 'landfall-runner',
    });
  });

  it('changes IAM for one role only: the one whose end it brings', () => {
    const changing = runner.filter((statement) => statement.actions.some((action) => /^iam:(?!Get|List)/.test(action)));
    expect(changing.flatMap((statement) => statement.resources ?? [])).toEqual([names.roles.install.arn]);
  });

  it('cannot reach the states of the account and base stacks', () => {
    const objects = runner.filter((statement) => statement.actions.includes('s3:GetObject'));
    expect(objects.flatMap((statement) => statement.resources ?? [])).toEqual([
      'arn:aws:s3:::lf-acme-123456789012-state/components/*',
    ]);
  });
});

describe('the boundary, whatever a release’s permissions say,', () => {
  const denied = boundaryStatements(names).filter((statement) => statement.effect === 'Deny');
  /** AWS's rule: a deny counts when action and resource match; `*` stands for anything. */
  const matches = (pattern: string, value: string): boolean =>
    new RegExp(`^${pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (c) => (c === '*' ? '.*' : `\\${c}`))}$`).test(value);
  const denies = (action: string, resource: string, statements = denied): boolean =>
    statements.some(
      (statement) =>
        statement.actions.some((pattern) => matches(pattern, action)) &&
        (statement.notResources === undefined
          ? statement.resources?.some((pattern) => matches(pattern, resource))
          : !statement.notResources.some((pattern) => matches(pattern, resource))),
    );
  const bucket = `arn:aws:s3:::${names.stateBucket}`;
  const attacks: [why: string, action: string, resource: string][] = [
    ['lets no role widen itself by an inline policy', 'iam:PutRolePolicy', names.roles.runner.arn],
    ['lets no other role be widened by one', 'iam:PutRolePolicy', 'arn:aws:iam::123456789012:role/admin'],
    ['lets nobody open the state bucket to others', 's3:PutBucketPolicy', bucket],
    ['lets nobody have it copied elsewhere', 's3:PutReplicationConfiguration', bucket],
    ['lets nobody read the account’s state', 's3:GetObject', `${bucket}/account/terraform.tfstate`],
  ];

  it.each(attacks)('%s (%s)', (_, action, resource) => {
    expect(denies(action, resource)).toBe(true);
    // With those statements gone it would be allowed.
    const unguarded = denied.filter((statement) => !denies(action, resource, [statement]));
    expect(denies(action, resource, unguarded)).toBe(false);
  });

  it('leaves the runner what it needs for the end, and a release its own buckets', () => {
    expect(denies('iam:PutRolePolicy', names.roles.install.arn)).toBe(false);
    expect(denies('s3:PutBucketPolicy', 'arn:aws:s3:::lf-acme-events-123456789012')).toBe(false);
    expect(denies('s3:PutObject', `${bucket}/components/db/terraform.tfstate`)).toBe(false);
  });
});

describe('permissions of a release', () => {
  const permission = (resource: string): Permission => ({
    sid: 'Events',
    actions: ['s3:CreateBucket'],
    resources: [resource],
    reason: 'because of a test',
  });

  it('get the install’s own names', () => {
    const [statement] = productStatements(place, names, [
      permission('arn:${partition}:s3:::${prefix}-events-${account}'),
    ]);
    expect(statement?.resources).toEqual(['arn:aws:s3:::lf-acme-events-123456789012']);
  });

  it('are refused with a placeholder that nobody knows', () => {
    expect(() => productStatements(place, names, [permission('${aws_kms_key.state.id}')])).toThrow(
      /LF-STACKS|placeholder|known are/,
    );
  });

  it('cannot write an expression into the customer’s Terraform: what looks like one stays text', () => {
    const attack = '%{ for x in [1] }${file("/etc/passwd")}%{ endfor }';
    const statement: Statement = {
      sid: 'A',
      effect: 'Allow',
      actions: ['s3:GetObject'],
      resources: [attack],
      reason: 'attack',
    };
    const text = renderPolicy('attack', [statement]);
    expect(text.replaceAll('$${', '').replaceAll('%%{', '')).not.toMatch(/[$%]\{/);
  });

  it('are refused when the policy gets longer than IAM takes', () => {
    const many = Array.from({ length: 60 }, (_, i) => permission(`arn:aws:s3:::${'x'.repeat(100)}${i}`));
    expect(() => renderPolicy('product', productStatements(place, names, many))).toThrow(/IAM takes 6144/);
  });
});
