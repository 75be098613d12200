import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines } from '../../dev/tools/index.ts';
import { synthesise } from '../../stacks/index.ts';
import { sampleTemplates } from '../../templates/testing/sample.ts';
import { exceptions } from './exceptions.ts';
import { cfnLint, checkov, type Finding, withoutDynamicBlocks } from './run-checkers.ts';

const engines = await requireEngines('cfn-lint', 'checkov');
const regions = ['eu-central-1', 'us-east-1', 'us-gov-west-1'];

const excepted = ({ checker, rule, resource }: Finding): boolean =>
  exceptions.some((each) => each.checker === checker && each.rule === rule && each.resources.includes(resource));

describe.skipIf(!engines.available)('templates and modules before their checkers', () => {
  let dir: string;
  const found: Finding[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-checkers-'));
    await mkdir(join(dir, 'templates'));
    for (const [name, make] of Object.entries(sampleTemplates)) {
      await writeFile(join(dir, 'templates', `${name}.json`), JSON.stringify(make(), null, 1));
    }
    for (const stack of ['account', 'base'] as const) {
      const { dir: made } = await synthesise({ stack, outDir: join(dir, 'synthesised') });
      const module = JSON.parse(await readFile(join(made, 'cdk.tf.json'), 'utf8')) as unknown;
      await mkdir(join(dir, 'modules', stack), { recursive: true });
      await writeFile(
        join(dir, 'modules', stack, 'main.tf.json'),
        JSON.stringify(withoutDynamicBlocks(module), null, 1),
      );
    }
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each(Object.keys(sampleTemplates))('cfn-lint finds nothing in %s that is not excepted', async (name) => {
    const findings = await cfnLint(engines.path('cfn-lint'), join(dir, 'templates', `${name}.json`), regions);
    found.push(...findings);
    expect(findings.filter((finding) => !excepted(finding))).toEqual([]);
  });

  it('checkov finds nothing in the templates that is not excepted', async () => {
    const { findings, passed } = await checkov(engines.path('checkov'), 'cloudformation', join(dir, 'templates'));
    found.push(...findings);
    expect(findings.filter((finding) => !excepted(finding))).toEqual([]);
    expect(passed).toBeGreaterThan(100);
  });

  it('checkov finds nothing in the synthesised modules that is not excepted', async () => {
    const { findings, passed } = await checkov(engines.path('checkov'), 'terraform_json', join(dir, 'modules'));
    found.push(...findings);
    expect(findings.filter((finding) => !excepted(finding))).toEqual([]);
    expect(passed).toBeGreaterThan(100);
  });

  it('uses every exception, each with its reason', () => {
    const unused = exceptions.flatMap(({ checker, rule, resources }) =>
      resources
        .filter(
          (resource) =>
            !found.some((each) => each.checker === checker && each.rule === rule && each.resource === resource),
        )
        .map((resource) => `${checker} ${rule} ${resource}`),
    );
    expect(unused).toEqual([]);
    for (const { reason } of exceptions) expect(reason.length).toBeGreaterThan(30);
  });

  it('would find a bucket made public and a template that CloudFormation does not take (the checkers can fail)', async () => {
    const broken = join(dir, 'broken');
    await mkdir(broken);
    const Properties = { BucketNmae: 'misspelt', VersioningConfiguration: { Status: 'Enabled' } };
    const template = { Resources: { StateBucket: { Type: 'AWS::S3::Bucket', Properties } } };
    await writeFile(join(broken, 'template.json'), JSON.stringify(template, null, 1));
    const lint = await cfnLint(engines.path('cfn-lint'), join(broken, 'template.json'), regions);
    expect(lint.filter((finding) => !excepted(finding)).map(({ rule }) => rule)).toContain('E3002');
    const { findings } = await checkov(engines.path('checkov'), 'cloudformation', broken);
    expect(findings.filter((finding) => !excepted(finding)).map(({ rule }) => rule)).toContain('CKV_AWS_53');
  });
});
