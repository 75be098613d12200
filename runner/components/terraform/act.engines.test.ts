import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseSchema, sha256, systemClock, type JsonObject } from '../../../contract/index.ts';
import { requireEngines } from '../../../dev/index.ts';
import { openAccount, type OpenAccount } from '../../../dev/cloud/testing/open-account.ts';
import { createProcessRunner, createTofu, type RunProcess } from '../../../engines/index.ts';
import { createFakeInstall } from '../../testing/index.ts';
import type { DesiredTerraform } from '../desired.ts';
import { actTerraform, type TerraformParts } from './act.ts';

const engines = await requireEngines('tofu', 'moto', 'registry');

const moduleText = `
variable "name" { type = string }
variable "slow" { default = false }
resource "terraform_data" "thing" {
  input = var.name
  provisioner "local-exec" { command = var.slow ? "sleep 60" : "true" }
}
output "name" { value = terraform_data.thing.output }
output "password" {
  value     = "hunter2"
  sensitive = true
}
`;

describe.skipIf(!engines.available)('a terraform component with the real OpenTofu and its state in a bucket', () => {
  let account: OpenAccount;
  let s3: S3Client;
  const install = createFakeInstall();
  let stop: AbortSignal;
  let base: Omit<TerraformParts, 'tofuIn' | 'diedHolding'>;
  let env: Record<string, string>;
  const real = createProcessRunner({ clock: systemClock });

  beforeAll(async () => {
    account = await openAccount({}, () => new Date());
    const admin = account.cloud.people.customerAdmin;
    s3 = new S3Client({ ...account.as(admin), forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({
        Bucket: 'lf-state',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
    env = {
      AWS_ENDPOINT_URL: account.cloud.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
    };
    const runner = await install.startRunner();
    stop = runner.stop.signal;
    base = {
      effects: runner.effects,
      mirror: { ...install.mirror, fetchModule: (_, dir) => writeFile(join(dir, 'main.tf'), moduleText) },
      events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
      workDir: install.workDir,
      install: {
        ...install.facts,
        state: { bucket: 'lf-state', region: 'eu-central-1', kmsKeyArn: null },
        terraformEnv: env,
      },
    };
  });
  afterAll(async () => {
    install.dispose();
    s3?.destroy();
    await account?.stop();
  });

  const desired = (name: string, variables: JsonObject): DesiredTerraform => {
    const module = { repository: 'm', digest: sha256('m'), mediaType: 'x/y', size: 1 };
    const release = releaseSchema.parse({
      apiVersion: 'landfall.dev/v1',
      kind: 'Release',
      product: 'shop',
      title: 'Shop',
      version: '1.0.0',
      inputs: { schema: {} },
      permissions: [],
      components: [{ name, kind: 'terraform', module, providers: [], outputs: ['name', 'password'] }],
    });
    const [component] = release.components;
    if (component?.kind !== 'terraform') throw new Error('not a terraform component');
    return { kind: 'terraform', component, variables, fingerprint: 'f' };
  };
  const act = (what: DesiredTerraform, more: { runProcess?: RunProcess; diedHolding?: boolean } = {}) => {
    let applies = 0;
    const { runProcess = real } = more;
    const tofuIn = (workDir: string, cliConfigPath: string) =>
      createTofu({ binary: engines.path('tofu'), workDir, cliConfigPath, env, runProcess });
    const before = async (): Promise<void> => void (applies += 1);
    return actTerraform({ ...base, tofuIn, diedHolding: () => more.diedHolding ?? false }, what, before, stop).then(
      (outputs) => ({ outputs, applies }),
    );
  };
  const keys = async (): Promise<string[]> =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: 'lf-state' }))).Contents ?? []).map(
      (object) => object.Key ?? '',
    );

  it('is planned, applied, and its outputs read; sensitive ones stay in the state', async () => {
    expect(await act(desired('first', { name: 'a' }))).toEqual({ outputs: { name: 'a' }, applies: 1 });
    expect(await keys()).toContain('components/first/terraform.tfstate');
  });

  it('is not applied again when the plan shows nothing', async () => {
    expect(await act(desired('first', { name: 'a' }))).toEqual({ outputs: { name: 'a' }, applies: 0 });
  });

  it('goes on after an apply that was killed, by taking off the lock of the dead', async () => {
    const dying: RunProcess = async (request) => {
      let pid = 0;
      const spawned = (identity: { pid: number; startTime: string | undefined }) => {
        ({ pid } = identity);
        return request.onSpawn?.(identity);
      };
      const line = (text: string): void => {
        request.parseLine?.(text);
        if (text.includes('"type":"apply_start"')) process.kill(-pid, 'SIGKILL');
      };
      return real({ ...request, onSpawn: spawned, parseLine: line });
    };
    await expect(act(desired('killed', { name: 'b', slow: true }), { runProcess: dying })).rejects.toMatchObject({
      code: 'LF-ENGINES-004',
    });
    expect(await keys()).toContain('components/killed/terraform.tfstate.tflock');
    // Whose holder is not proven dead is left alone.
    await expect(act(desired('killed', { name: 'b' }))).rejects.toMatchObject({
      code: 'LF-ENGINES-021',
      temporary: true,
    });
    expect(await act(desired('killed', { name: 'b' }), { diedHolding: true })).toMatchObject({
      outputs: { name: 'b' },
    });
    expect(await keys()).not.toContain('components/killed/terraform.tfstate.tflock');
  });
});
