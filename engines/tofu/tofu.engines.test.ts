import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { requireEngines } from '../../dev/index.ts';
import { createProcessRunner } from '../process/process-runner.ts';
import { writeCliConfig } from './cli-config.ts';
import { createTofu } from './tofu.ts';

const engines = await requireEngines('tofu');

const configuration = `
terraform {
  backend "local" {}
}
variable "password" {
  type      = string
  sensitive = true
}
variable "size" {
  type    = number
  default = 1
}
resource "terraform_data" "a" { input = var.size }
output "size" { value = terraform_data.a.output }
output "password" {
  value     = var.password
  sensitive = true
}
`;

describe.skipIf(!engines.available)('real tofu', () => {
  const make = async (text: string) => {
    const dir = mkdtempSync(join(tmpdir(), 'tofu-engine-'));
    const workDir = join(dir, 'work');
    mkdirSync(workDir);
    writeFileSync(join(workDir, 'main.tf'), text);
    const cliConfigPath = join(dir, 'cli.tfrc');
    await writeCliConfig(cliConfigPath, { filesystemMirror: join(dir, 'no-providers') });
    const runProcess = createProcessRunner({ clock: systemClock });
    return { tofu: createTofu({ binary: engines.path('tofu'), workDir, cliConfigPath, runProcess }), dir, workDir };
  };

  it('goes from nothing to applied, unchanged, changed and removed', async () => {
    const { tofu, dir, workDir } = await make(configuration);
    const lines: string[] = [];
    const call = { secrets: ['hunter2hunter2'], onLine: (line: { text: string }) => void lines.push(line.text) };
    const variables = { password: 'hunter2hunter2' };
    const planFile = join(dir, 'plan');
    await tofu.init({ backendConfig: { path: join(dir, 'state.json') } }, call);
    await tofu.validate(call);
    expect(await tofu.statePull(call)).toBeUndefined();

    expect(await tofu.plan({ out: planFile, variables }, call)).toEqual({
      changed: true,
      changes: { add: 1, change: 0, remove: 0, import: 0 },
    });
    const shown = await tofu.showPlan({ planFile }, call);
    expect(shown.resourceChanges).toMatchObject([{ address: 'terraform_data.a', change: { actions: ['create'] } }]);
    expect(await tofu.apply({ planFile }, call)).toMatchObject({ changes: { add: 1 } });
    expect(await tofu.output(call)).toEqual({
      size: { sensitive: false, value: 1 },
      password: { sensitive: true, value: 'hunter2hunter2' },
    });
    const first = await tofu.statePull(call);
    expect(first).toMatchObject({ resources: 1 });

    expect(await tofu.plan({ out: planFile, variables }, call)).toMatchObject({ changed: false });
    await tofu.plan({ out: planFile, variables: { ...variables, size: 2 } }, call);
    await tofu.apply({ planFile }, call);
    const second = await tofu.statePull(call);
    expect(second?.serial).toBeGreaterThan(first?.serial ?? 0);
    expect(second?.lineage).toBe(first?.lineage);

    await tofu.destroy({ variables }, call);
    expect((await tofu.statePull(call))?.resources).toBe(0);
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(lines).toContain('terraform_data.a: create complete after 0 s');
    // Nothing with a variable in it is left in the work folder.
    expect(readdirSync(workDir).sort()).toEqual(['.terraform', 'landfall.backend.json', 'main.tf']);
  });

  it('says what is wrong with a configuration', async () => {
    const { tofu } = await make('resource "terraform_data" "a" { inputt = 1 }');
    await tofu.init({ backend: false });
    await expect(tofu.validate()).rejects.toThrow(/main\.tf:1: Unsupported argument/);
    await expect(tofu.plan({ out: 'p' })).rejects.toMatchObject({
      code: 'LF-ENGINES-020',
      message: expect.stringContaining('Unsupported argument (main.tf:1)'),
    });
  });

  it('gets providers from the folder only, and says when one is missing', async () => {
    const { tofu } = await make('resource "aws_s3_bucket" "a" {}');
    await expect(tofu.init()).rejects.toMatchObject({
      code: 'LF-ENGINES-020',
      message: expect.stringMatching(/provider/),
    });
  });
});
