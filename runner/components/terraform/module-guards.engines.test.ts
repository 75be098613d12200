import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines } from '../../../dev/index.ts';
import { openTerraformAccount, type TerraformAccount } from '../../testing/terraform-account.ts';
import { terraformBinaries, type Wanted } from '../../testing/terraform-rig.ts';

const engines = await requireEngines('tofu', 'moto', 'registry');
const binaries = engines.available ? terraformBinaries(engines.path('tofu')) : ['tofu'];

const module = 'resource "terraform_data" "thing" {}\n';
const local = 'terraform {\n  backend "local" {}\n}\n';
const localJson = JSON.stringify({ terraform: { backend: { local: {} } } });
const elsewhere = (bucket: string): string =>
  `terraform {\n  backend "s3" {\n    bucket = "${bucket}"\n    key = "mine"\n    region = "eu-central-1"\n    use_path_style = true\n  }\n}\n`;
const off = { files: false, backend: false } as const;

describe.skipIf(!engines.available).each(binaries.map((binary) => ({ binary, name: basename(binary) })))(
  'a module that would take its state away from the runner, with the real $name',
  ({ binary, name }) => {
    let account: TerraformAccount;
    beforeAll(async () => {
      account = await openTerraformAccount(binary);
    });
    afterAll(() => account?.close());
    const wanted = (component: string, files: Wanted['files']) => account.desired(component, { module, files });
    const refused = (message: RegExp) => ({
      code: 'LF-RUNNER-167',
      temporary: false,
      message: expect.stringMatching(message),
    });

    const takers: [string, string, string][] = [
      ['main-override', 'override.tf', local],
      ['last-override', 'zz_override.tf', local],
      ['json-override', 'zz_override.tf.json', localJson],
      ['other-key', 'override.tf', elsewhere('lf-state')],
      ...(name === 'tofu'
        ? [['hides-ours', 'landfall_backend_override.tofu.json', localJson] as [string, string, string]]
        : []),
    ];
    it.each(takers)(
      '%s: is refused for its %s, before anything is asked of the engine',
      async (component, file, text) => {
        const desired = wanted(component, { [file]: text });
        const runProcess = (): Promise<never> => Promise.reject(new Error('the engine was asked'));
        await expect(account.act(desired, { runProcess })).rejects.toMatchObject(refused(new RegExp(`holds ${file}`)));
      },
    );

    it.each(takers)(
      '%s: %s is found by what `init` has set up, too, where nobody looks at files',
      async (component, file, text) => {
        const desired = wanted(component, { [file]: text });
        await expect(account.act(desired, { guards: { files: false } })).rejects.toMatchObject(
          refused(
            component === 'other-key' ? /other settings \(encrypt, key, use_lockfile\)/ : /has its state in local/,
          ),
        );
        expect(await account.keys()).not.toContain('mine');
      },
    );

    it.each(takers)(
      '%s: %s takes it where both guards are off: the runner has no state to go by',
      async (component, file, text) => {
        const desired = wanted(component, { [file]: text });
        const key = `components/${component}/terraform.tfstate`;
        expect(await account.act(desired, { guards: off })).toMatchObject({ applies: 1 });
        expect(await account.keys()).not.toContain(key);
        if (component === 'other-key') return;
        // All of it is made once more, and what is to go stays without a word.
        expect(await account.act(desired, { guards: off })).toMatchObject({ applies: 1 });
        await account.destroy(desired, { guards: off });
      },
    );

    it('is refused when it brings a state along, which is never written back', async () => {
      const brings = { 'errored.tfstate': stateWith('smuggled') };
      const stateOf = (component: string) => account.read(`components/${component}/terraform.tfstate`);
      await expect(account.act(wanted('brings', brings))).rejects.toMatchObject(refused(/holds errored\.tfstate/));
      await account.act(wanted('brings', {}));
      expect(await stateOf('brings')).not.toContain('smuggled');

      // Without the guard the runner takes it for what an engine could not write: a thing of the customer's is the module's, and nobody was asked.
      await account.act(wanted('twin', { ...brings, 'main.tf': '' }), { guards: off });
      await account.act(wanted('twin', {}), { guards: off });
      expect(await stateOf('twin')).toContain('smuggled');
    });

    it('is none when its own backend stands in a file of its own: the override of the runner takes its place', async () => {
      const desired = wanted('plain', { 'backend.tf': local });
      expect(await account.act(desired)).toMatchObject({ applies: 1 });
      expect(await account.keys()).toContain('components/plain/terraform.tfstate');
    });
  },
);

const stateWith = (id: string): string =>
  JSON.stringify({
    ...{ version: 4, terraform_version: '1.11.4', serial: 1, lineage: '00000000-0000-4000-8000-000000000001' },
    ...{ outputs: {}, check_results: null },
    resources: [
      {
        ...{ mode: 'managed', type: 'terraform_data', name: 'thing' },
        provider: 'provider["terraform.io/builtin/terraform"]',
        instances: [{ schema_version: 0, attributes: { id, input: null, output: null, triggers_replace: null } }],
      },
    ],
  });
