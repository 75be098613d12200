import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines } from '../../../dev/index.ts';
import { openTerraformAccount, type TerraformAccount } from '../../testing/terraform-account.ts';
import { terraformBinaries } from '../../testing/terraform-rig.ts';
import { watchEngine } from '../../testing/watched-engine.ts';
import type { SecretVariables } from './secret-variables.ts';

const engines = await requireEngines('tofu', 'moto', 'registry');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];

describe.skipIf(!engines.available).each(binaries.map((binary) => ({ binary, name: basename(binary) })))(
  'with the real $name',
  ({ binary }) => {
    let account: TerraformAccount;
    beforeAll(async () => {
      account = await openTerraformAccount(binary);
    });
    afterAll(() => account?.close());

    it('shows a secret variable to no argument, no file and no log; only its engine has it', async () => {
      const secret = 'correct-horse-battery-staple';
      const module = `
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "thing" {
  input = sha256(var.password)
  provisioner "local-exec" { command = "sleep 1" }
}
`;
      const secrets: SecretVariables = { env: { TF_VAR_password: secret }, values: [secret], versions: 'v' };
      const { seen, runProcess, filesWith } = watchEngine(account, () => [secret]);
      await account.act(account.desired('secretive', { module }), { secrets, runProcess });
      expect(seen.length).toBeGreaterThan(3);
      expect(seen.some(({ argv }) => argv.includes('apply'))).toBe(true);
      for (const { argv, files } of seen) {
        expect(argv).not.toContain(secret);
        expect(files).toEqual([]);
      }
      // The twin: it does look into what it claims to look into. Of a call that was over already nothing can be read.
      const read = seen.filter(({ environ }) => environ !== '');
      expect(read.some(({ argv }) => argv.includes('apply'))).toBe(true);
      expect(read.every(({ environ }) => environ.includes(secret))).toBe(true);
      expect(await filesWith()).toEqual([]);
      expect(account.logs.join('\n')).not.toContain(secret);
      expect(account.events.join('\n')).not.toContain(secret);
    });
  },
);
