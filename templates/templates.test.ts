import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { guardPolicies, policyHolders, statementsOf } from '../stacks/index.ts';
import { accountTemplate, bootstrapTemplate, quickCreateUrl } from './index.ts';
import { accountDefaults, productPermissions, sampleTemplates } from './testing/sample.ts';

const golden = join(import.meta.dirname, '..', 'test', 'golden', 'templates');
const update = process.env['UPDATE_GOLDEN'] === '1';
const rows = Object.entries(sampleTemplates);
/** The statements have a reference of their own (docs/permissions.md); here only how they are used is held. */
const withoutStatements = (key: string, value: unknown): unknown =>
  key === 'PolicyDocument' && !JSON.stringify(value).includes('"Principal"') ? 'see docs/permissions.md' : value;

describe.each(rows)('template %s', (name, make) => {
  it('is what the golden file holds (UPDATE_GOLDEN=1 writes it)', () => {
    const file = join(golden, `${name}.json`);
    const text = `${JSON.stringify(make(), withoutStatements, 2)}\n`;
    if (update) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('is small enough for CloudFormation, which takes 1 MB and 500 resources from S3', () => {
    expect(JSON.stringify(make()).length).toBeLessThan(500_000);
    expect(Object.keys(make().Resources).length).toBeLessThan(200);
  });

  it('has a description and a type for every parameter, and a default for all but what must be typed', () => {
    const open = Object.entries(make().Parameters).filter(([, parameter]) => parameter.Default === undefined);
    expect(open.map(([parameter]) => parameter)).toEqual(name === 'landfall-account' ? [] : ['JoinToken']);
    for (const parameter of Object.values(make().Parameters)) expect(parameter.Description.length).toBeGreaterThan(20);
  });

  it('names nobody outside the account', () => {
    const text = JSON.stringify(make());
    expect(text).not.toMatch(/arn:aws[a-z-]*:(iam|sts)::(?!123456789012|aws)\d{12}/);
  });
});

describe('the account template', () => {
  const text = JSON.stringify(sampleTemplates['landfall-account']());

  it('holds every statement of the one source, and no other', () => {
    const expected = [...policyHolders.flatMap((holder) => (holder === 'preflight' ? [] : [statementsOf(holder)]))]
      .flatMap((policies) => Object.values(policies).flat())
      .concat(Object.values(guardPolicies).flat())
      .map(({ sid }) => sid)
      .concat(
        productPermissions.map(({ sid }) => sid),
        'TlsOnly',
        ...['state', 'cluster'].map(() => 'Enable IAM User Permissions'),
      );
    // A policy with a name in a key is one text inside, its quotes escaped.
    const found = [...text.matchAll(/\\?"Sid\\?":\\?"([^"\\]+)/g)].map(([, sid]) => sid ?? '');
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it('trusts one ARN with ExternalId and date for kind vendor, two projects of this account for kind codebuild', () => {
    const { AssumeRolePolicyDocument } =
      sampleTemplates['landfall-account']().Resources['InstallRole']?.Properties ?? {};
    expect(AssumeRolePolicyDocument).toEqual({ 'Fn::If': ['ByCodeBuild', expect.anything(), expect.anything()] });
    const said = JSON.stringify(AssumeRolePolicyDocument);
    expect(said).toContain('${BootstrapProject}-hand-off');
    expect(said).toContain('${ExternalId}');
    expect(said.match(/DateLessThan/g)).toHaveLength(2);
    expect(said).not.toContain('"*"');
  });

  it('keeps bucket and keys when the stack is deleted', () => {
    for (const id of ['StateBucket', 'StateKey', 'ClusterKey']) {
      expect(sampleTemplates['landfall-account']().Resources[id]?.DeletionPolicy).toBe('Retain');
    }
  });

  it('can be opened by a link whose values are the template’s own defaults changed', () => {
    const template = accountTemplate(accountDefaults, []);
    const url = quickCreateUrl({
      region: 'eu-central-1',
      templateUrl: 'https://templates.s3.eu-central-1.amazonaws.com/landfall-account.json',
      stackName: 'landfall-account-acme',
      template,
      parameters: { InstallId: 'acme', NodeProfile: 'auto', InstallExpiresAt: '2031-01-31T12:00:00Z' },
    });
    expect(new URL(url).hash).toContain('param_NodeProfile=auto');
  });
});

const ifSchema = z.object({ 'Fn::If': z.tuple([z.string(), z.string(), z.string()]) });
const projectSchema = z.object({
  Source: z.object({
    BuildSpec: z.object({ 'Fn::Join': z.tuple([z.literal(''), z.tuple([z.string(), ifSchema, z.string()])]) }),
  }),
  Environment: z.object({ EnvironmentVariables: z.array(z.object({ Name: z.string(), Value: z.json() })) }),
});

describe('the bootstrap template', () => {
  const template = sampleTemplates['landfall-bootstrap']();
  const project = (id: string) => projectSchema.parse(template.Resources[id]?.Properties);
  /** As CloudFormation joins it, with that condition. */
  const buildSpec = (id: string, byProxy: boolean) => {
    const [
      before,
      {
        'Fn::If': [, withProxy, without],
      },
      after,
    ] = project(id).Source.BuildSpec['Fn::Join'][1];
    return JSON.parse(`${before}${byProxy ? withProxy : without}${after}`);
  };
  const commands = (id: string): string[] => buildSpec(id, false).phases.build.commands;

  it('gives the shell the configuration whole, whatever quotes are in it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'lf-buildspec-'));
    try {
      const path = join(dir, 'config.json');
      const [write = ''] = commands('BaseProject');
      execFileSync('/bin/sh', ['-c', write.replace('/tmp/landfall-bootstrap.json', path)]);
      const read = JSON.parse(readFileSync(path, 'utf8'));
      expect(Object.keys(read.texts)).toContain("the control plane's.pem");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('runs the base outside any VPC and the hand-off inside the new one', () => {
    expect(template.Resources['BaseProject']?.Properties['VpcConfig']).toBeUndefined();
    expect(JSON.stringify(template.Resources['HandOffProject']?.Properties['VpcConfig'])).toContain('BaseRun');
    expect(commands('BaseProject')[1]).toContain('bootstrap.js base ');
    expect(commands('HandOffProject')[1]).toContain('bootstrap.js hand-off ');
  });

  it('gives the token to the second run alone', () => {
    expect(JSON.stringify(template.Resources['BaseProject'])).not.toContain('JoinToken');
    expect(JSON.stringify(template.Resources['HandOffProject'])).toContain('JoinToken');
  });

  it.each([
    ['BaseProject', 'BaseByProxy'],
    ['HandOffProject', 'HandOffByProxy'],
  ])('gives the proxy of its parameters to %s, and to its agent, where %s', (id, condition) => {
    expect(template.Conditions).toHaveProperty(condition);
    const given = Object.fromEntries(
      project(id).Environment.EnvironmentVariables.map((each) => [each.Name, each.Value]),
    );
    expect(given).toMatchObject({
      HTTPS_PROXY: { 'Fn::If': [condition, { Ref: 'HttpsProxy' }, ''] },
      NO_PROXY: { 'Fn::If': [condition, { Ref: 'NoProxy' }, ''] },
    });
    expect(buildSpec(id, true)).toEqual({ ...buildSpec(id, false), proxy: { logs: 'yes' } });
  });

  it('begins with the install file’s proxy, and takes no address that is none', () => {
    const proxy = { https: 'http://proxy.corp.example:3128', noProxy: '.corp.example,10.0.0.0/8' };
    const { HttpsProxy, NoProxy } = bootstrapTemplate({}, { namePrefix: 'lf-acme', image: 'x', proxy }).Parameters;
    expect([HttpsProxy?.Default, NoProxy?.Default]).toEqual([proxy.https, proxy.noProxy]);
    const address = new RegExp(`^(?:${HttpsProxy?.AllowedPattern})$`);
    for (const good of ['', proxy.https, 'https://me:p%40ss@proxy:3128/']) expect(good).toMatch(address);
    for (const bad of ['proxy:3128', 'socks5://proxy', 'http://a b', 'http://a@b@c', "http://x/';curl"]) {
      expect(bad).not.toMatch(address);
    }
    expect(proxy.noProxy).toMatch(new RegExp(`^(?:${NoProxy?.AllowedPattern})$`));
  });

  it('ends a build before CloudFormation stops waiting', () => {
    for (const [project, run] of [
      ['BaseProject', 'BaseRun'],
      ['HandOffProject', 'HandOffRun'],
    ] as const) {
      const { TimeoutInMinutes, QueuedTimeoutInMinutes } = template.Resources[project]?.Properties ?? {};
      const wait = Number(template.Resources[run]?.Properties['ServiceTimeout']);
      expect((Number(TimeoutInMinutes) + Number(QueuedTimeoutInMinutes)) * 60).toBeLessThan(wait);
    }
  });

  it('lets the starting function start and look at two projects, and nothing else', () => {
    const policies = template.Resources['StarterRole']?.Properties['Policies'];
    const actions = [...JSON.stringify(policies).matchAll(/"(codebuild|logs|iam|sts|s3|ec2|eks):(\w+)"/g)].map(
      ([, service, action]) => `${service}:${action}`,
    );
    expect(actions.toSorted()).toEqual([
      'codebuild:BatchGetBuilds',
      'codebuild:StartBuild',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });
});
