import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines } from '../../../dev/index.ts';
import { writeTar } from '../../../oci/index.ts';
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

describe.skipIf(!engines.available).each(binaries.map((binary) => ({ binary, name: basename(binary) })))(
  'a module that takes others from elsewhere, with the real $name',
  ({ binary }) => {
    let account: TerraformAccount;
    let served: Served;
    beforeAll(async () => {
      account = await openTerraformAccount(binary);
      served = await serveModule();
    });
    afterAll(async () => {
      await account?.close();
      await served?.stop();
    });
    const calls = (source: string, files: Wanted['files'] = {}): Wanted => ({
      module: `module "vpc" { source = ${JSON.stringify(source)} }\noutput "said" { value = module.vpc.said }\n`,
      files,
      settings: { outputs: ['said'] },
    });

    it('is refused once `init` has fetched them; without the guard what is served today runs, not what was signed', async () => {
      await served.say('as signed');
      const desired = account.desired('fetches', calls(served.url));
      await expect(account.act(desired)).rejects.toMatchObject({
        code: 'LF-RUNNER-168',
        temporary: false,
        message: expect.stringContaining('takes module.vpc from outside of the release'),
      });
      expect(await account.keys()).toEqual([]);
      const guards = { modules: false } as const;
      expect(await account.act(desired, { guards })).toMatchObject({ outputs: { said: 'as signed' } });
      await served.say('changed after signing');
      expect(await account.act(desired, { guards })).toMatchObject({ outputs: { said: 'changed after signing' } });
    });

    it('is refused where a module of its own calls them, too', async () => {
      const inner = `module "inner" { source = ${JSON.stringify(served.url)} }\noutput "said" { value = module.inner.said }\n`;
      const desired = account.desired('nested', calls('./mine', { 'mine/main.tf': inner }));
      await expect(account.act(desired)).rejects.toMatchObject({
        code: 'LF-RUNNER-168',
        message: expect.stringContaining('takes module.vpc.inner from'),
      });
    });

    it('is refused where the network lets nobody fetch them: it is not waited for', async () => {
      const desired = account.desired('offline', calls('http://127.0.0.1:1/module.tgz'));
      await expect(account.act(desired)).rejects.toMatchObject({ code: 'LF-RUNNER-168', temporary: false });
    });

    it('is refused where they lie beside its folder, or anywhere on this machine', async () => {
      const beside = await mkdtemp(join(account.install.workDir, 'beside-'));
      await writeFile(join(beside, 'main.tf'), saying('from beside'));
      for (const source of [relative(join(account.install.workDir, 'terraform/outside/module'), beside), beside]) {
        const desired = account.desired('outside', calls(source));
        await expect(account.act(desired)).rejects.toMatchObject({ code: 'LF-RUNNER-168' });
        const twin = await account.act(desired, { guards: { modules: false } });
        expect(twin).toMatchObject({ outputs: { said: 'from beside' } });
      }
    });

    it('is none when they lie in its folder, whichever way they call each other', async () => {
      const files = {
        'mine/main.tf': `module "other" { source = "../other" }\noutput "said" { value = module.other.said }\n`,
        'other/main.tf': saying('from within'),
      };
      const desired = account.desired('local', calls('./mine', files));
      expect(await account.act(desired)).toMatchObject({ outputs: { said: 'from within' } });
    });
  },
);

const saying = (what: string): string => `output "said" { value = ${JSON.stringify(what)} }\n`;

type Served = { url: string; say: (what: string) => Promise<void>; stop: () => Promise<void> };

/** A module on a web server, which says what it is told. */
async function serveModule(): Promise<Served> {
  let archive = Buffer.alloc(0);
  const server = createServer((_, response) => void response.end(archive));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/module.tgz`,
    say: async (what) => {
      const entry = { kind: 'file', path: 'main.tf', bytes: Buffer.from(saying(what)), mode: 0o644 } as const;
      const path = join(await mkdtemp(join(tmpdir(), 'landfall-served-')), 'module.tgz');
      await writeTar(path, [entry]);
      archive = await readFile(path);
      await rm(dirname(path), { recursive: true });
    },
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

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
