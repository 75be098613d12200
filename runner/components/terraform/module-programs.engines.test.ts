import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnerPolicySchema } from '../../../contract/index.ts';
import { requireEngines } from '../../../dev/index.ts';
import { openTerraformAccount, type TerraformAccount } from '../../testing/terraform-account.ts';
import { terraformBinaries, type Wanted } from '../../testing/terraform-rig.ts';

const engines = await requireEngines('tofu', 'moto', 'registry');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];
const module = 'resource "terraform_data" "thing" {}\n';

describe.skipIf(!engines.available).each(binaries.map((binary) => ({ binary, name: basename(binary) })))(
  'a module that runs a program while it is planned, with the real $name',
  ({ binary }) => {
    let account: TerraformAccount;
    let ran: string;
    /** In the place of the provider: it says that it was started, and that is all it does. */
    beforeAll(async () => {
      account = await openTerraformAccount(binary);
      ran = join(account.install.workDir, 'ran');
      const platform = `linux_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
      const folder = join(account.install.workDir, 'terraform/providers', source, '1.0.0', platform);
      await mkdir(folder, { recursive: true });
      const program = `#!/bin/sh\n/usr/bin/touch ${ran}\nexit 1\n`;
      await writeFile(join(folder, 'terraform-provider-external_v1.0.0'), program, { mode: 0o755 });
    });
    afterAll(() => account?.close());
    const source = 'registry.opentofu.org/hashicorp/external';
    const reads: Wanted = {
      module: `terraform {
  required_providers { external = { source = "${source}" } }
}
data "external" "run" { program = ["true"] }
`,
    };
    const policy = runnerPolicySchema.parse({ terraform: { allowedTypes: ['aws_*'] } });

    it('waits before it is planned, looked at for drift or removed where the customer does not allow that', async () => {
      const desired = account.desired('program', reads);
      const waits = {
        waiting: { reason: 'PlanNotAllowed', message: expect.stringContaining(`run data.external (${source})`) },
      };
      await expect(account.act(desired, { policy })).rejects.toMatchObject(waits);
      await expect(account.drift(desired, { policy })).rejects.toMatchObject(waits);
      await expect(account.destroy(desired, { policy })).rejects.toMatchObject(waits);
      const limited = account.desired('program', { ...reads, settings: { allowedTypes: ['aws_*'] } });
      await expect(account.act(limited)).rejects.toMatchObject({ code: 'LF-RUNNER-160' });
      expect(existsSync(ran)).toBe(false);

      // Without the guard it has run by the time that there is a plan to judge.
      await account.act(desired, { policy, guards: { programs: false } }).catch(() => undefined);
      expect(existsSync(ran)).toBe(true);
    });

    it('is refused when a removed block would run one, of which no plan tells', async () => {
      await rm(ran, { force: true });
      const limits = { allowedTypes: ['terraform_data'], destroys: 'protectedOnly' };
      const trusting = runnerPolicySchema.parse({ terraform: limits });
      await account.act(account.desired('removes', { module }), { policy: trusting });
      const command = `provisioner "local-exec" {\n when = destroy\n command = "touch ${ran}"\n }`;
      const removed = `removed {\n from = terraform_data.thing\n lifecycle {\n destroy = true\n }\n ${command}\n}\n`;
      const desired = account.desired('removes', { module: removed });
      await expect(account.act(desired, { policy: trusting })).rejects.toMatchObject({
        waiting: {
          reason: 'PlanNotAllowed',
          message: expect.stringContaining('provisioner.local-exec beside a removed'),
        },
      });
      expect(existsSync(ran)).toBe(false);
      await account.act(desired, { policy: trusting, guards: { programs: false } });
      expect(existsSync(ran)).toBe(true);
    });

    it('is refused when it would run one to encrypt its state', async () => {
      await rm(ran, { force: true });
      const desired = account.desired('encrypts', encrypting(`/usr/bin/touch ${ran}`));
      await expect(account.act(desired)).rejects.toMatchObject({
        code: 'LF-RUNNER-167',
        message: expect.stringContaining('holds main.tf: it encrypts its state (key_provider)'),
      });
      expect(existsSync(ran)).toBe(false);
      // Without the guard it runs before there is a plan, or even an error. Terraform has no such block.
      await account.act(desired, { guards: { files: false } }).catch(() => undefined);
      expect(existsSync(ran)).toBe(basename(binary) === 'tofu');
    });

    it('is planned where the customer allows that', async () => {
      await rm(ran, { force: true });
      const both = runnerPolicySchema.parse({ terraform: { allowedTypes: ['aws_*', 'data.external'] } });
      await account.act(account.desired('allowed', reads), { policy: both }).catch(() => undefined);
      expect(existsSync(ran)).toBe(true);
    });
  },
);

const encrypting = (command: string): Wanted => ({
  module: `terraform {
  encryption {
    key_provider "external" "x" {
      command = ["/bin/sh", "-c", "${command}"]
    }
    method "aes_gcm" "x" {
      keys = key_provider.external.x
    }
    state {
      method = method.aes_gcm.x
    }
  }
}
`,
});
