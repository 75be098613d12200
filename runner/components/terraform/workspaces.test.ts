import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReleaseProvider, releaseSchema, sha256, type TerraformComponent } from '../../../contract/index.ts';
import type { ModuleGuards } from './module-guards.ts';
import { createWorkspaces, leftState, unwrittenStates } from './workspaces.ts';

let workDir: string;
beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'landfall-workspaces-'));
});
afterEach(() => rm(workDir, { recursive: true, force: true }));

const never = new AbortController().signal;
const artifact = { repository: 'm', digest: sha256('m'), mediaType: 'x/y', size: 1 };
const provider = (version: string): ReleaseProvider => ({
  source: 'registry.opentofu.org/acme/thing',
  version,
  platform: 'linux_amd64',
  artifact,
});
const component = (name: string, versions: string[] = []): TerraformComponent => {
  const [made] = releaseSchema.parse({
    ...{ apiVersion: 'landfall.dev/v1', kind: 'Release', product: 'shop', title: 'Shop', version: '1.0.0' },
    ...{ inputs: { schema: {} }, permissions: [] },
    components: [{ name, kind: 'terraform', module: artifact, providers: versions.map(provider) }],
  }).components;
  if (made?.kind !== 'terraform') throw new Error('no terraform');
  return made;
};
const folderOf = (version: string): string =>
  join(workDir, 'terraform/providers/registry.opentofu.org/acme/thing', version, 'linux_amd64');

/** Each provider takes 100 bytes; `log` tells what is fetched at the same time. */
function open(cacheBytes: number, moduleBytes = 1, more: { file?: string; guards?: ModuleGuards } = {}) {
  const log: string[] = [];
  const mirror = {
    fetchModule: async (_: unknown, dir: string) => {
      await writeFile(join(dir, 'main.tf'), 'x'.repeat(moduleBytes));
      if (more.file !== undefined) await mkdir(dirname(join(dir, more.file)), { recursive: true });
      if (more.file !== undefined) await writeFile(join(dir, more.file), '');
    },
    fetchProviders: async (providers: ReleaseProvider[]) => {
      for (const { version } of providers) {
        log.push(`> ${version}`);
        await mkdir(folderOf(version), { recursive: true });
        await writeFile(join(folderOf(version), 'provider'), 'x'.repeat(100));
        log.push(`< ${version}`);
      }
    },
  };
  return { log, workspaces: createWorkspaces({ mirror, workDir, cacheBytes, guards: more.guards }) };
}
const versions = (): Promise<string[]> =>
  readdir(dirname(dirname(folderOf('1.0.0')))).then(
    (names) => names.sort(),
    () => [],
  );

describe('the folder a component is worked on in', () => {
  it('is new each time, with the backend of the install, and gone afterwards', async () => {
    const { workspaces } = open(1000);
    const first = await workspaces.open(component('a'), { terraform: {} }, never);
    expect(await readFile(join(first.module, 'landfall_backend_override.tf.json'), 'utf8')).toContain('"terraform"');
    await writeFile(join(first.module, 'left'), '');
    await writeFile(first.planFile, 'secret');
    await workspaces.close(first, component('a'));
    expect(await readdir(join(workDir, 'terraform/a'))).toEqual([]);
    const second = await workspaces.open(component('a'), {}, never);
    expect(await readdir(second.module)).not.toContain('left');
  });

  it('never loses a state that could not be written, and removes what killed runners have left', async () => {
    const before = await open(1000).workspaces.open(component('a'), {}, never);
    await writeFile(join(before.module, 'errored.tfstate'), 'one', { mode: 0o644 });
    await writeFile(before.planFile, 'secret');
    await mkdir(join(workDir, 'terraform/gone/module'), { recursive: true });
    expect(await leftState(before)).toBe(true);

    // The runner is killed; the next one begins with another component.
    const { workspaces } = open(1000);
    await workspaces.open(component('b'), {}, never);
    const [kept = ''] = await unwrittenStates(before.base);
    expect(await readFile(kept, 'utf8')).toBe('one');
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(await readdir(before.base)).not.toContain('landfall.plan');
    expect(await readdir(join(workDir, 'terraform'))).not.toContain('gone');

    const again = await workspaces.open(component('a'), {}, never);
    await writeFile(join(again.module, 'errored.tfstate'), 'two');
    await utimes(join(again.module, 'errored.tfstate'), new Date(), new Date(Date.now() + 60_000));
    await workspaces.close(again, component('a'));
    const states = await unwrittenStates(before.base);
    expect(await Promise.all(states.map((file) => readFile(file, 'utf8')))).toEqual(['one', 'two']);
  });

  it('is had again when what killed runners have left could not be removed at first', async () => {
    const base = join(workDir, 'terraform/a');
    await mkdir(join(base, 'module'), { recursive: true });
    await writeFile(join(base, 'module/errored.tfstate'), 'one');
    await writeFile(join(base, 'errored'), ''); // As a full disk: the folder for it cannot be made.
    const { workspaces } = open(1000);
    await expect(workspaces.open(component('b'), {}, never)).rejects.toThrow(/EEXIST/);
    await rm(join(base, 'errored'));
    await workspaces.open(component('b'), {}, never);
    expect(await unwrittenStates(base)).toHaveLength(1);
  });

  it('refuses a module that is too large for it', async () => {
    const { workspaces } = open(1000, 257 * 1024 * 1024);
    await expect(workspaces.open(component('a'), {}, never)).rejects.toMatchObject({ code: 'LF-RUNNER-164' });
  });
});

describe('a module', () => {
  it.each([
    ...['override.tf', 'override.tofu', 'override.tf.json', 'override.tofu.json', 'z_override.tf', '_override.tf'],
    ...['landfall_backend_override.tf.json', 'landfall_backend_override.tofu.json', 'a.b_override.tofu'],
    ...['.terraform/environment', '.terraform/modules/modules.json', '.terraform.lock.hcl', '.override.tf'],
    ...['errored.tfstate', 'terraform.tfstate', 'terraform.tfstate.backup', 'terraform.tfstate.d/a/terraform.tfstate'],
  ])('with %s is refused, and nothing of it is ever taken for what an engine has left', async (file) => {
    const { workspaces } = open(1000, 1, { file });
    await expect(workspaces.open(component('a'), {}, never)).rejects.toMatchObject({
      code: 'LF-RUNNER-167',
      temporary: false,
      message: expect.stringContaining(`the module of a holds ${file.split('/')[0] ?? ''}`),
    });
    const next = await open(1000).workspaces.open(component('a'), {}, never);
    expect(await unwrittenStates(next.base)).toEqual([]);
    expect(await readdir(next.base)).not.toContain('fetched');

    // The same with the guard off.
    const unguarded = open(1000, 1, { file, guards: { files: false } }).workspaces;
    expect(await readdir((await unguarded.open(component('b'), {}, never)).module)).toContain(file.split('/')[0]);
  });

  it.each(['overrides.tf', 'my-override.tf', 'override.md', 'inner/override.tf', 'inner/.hidden', 'tfstate.tf'])(
    'may hold %s',
    async (file) => {
      const workspace = await open(1000, 1, { file }).workspaces.open(component('a'), {}, never);
      expect(await readdir(workspace.module)).toContain(file.split('/')[0]);
    },
  );
});

describe('the cache of providers', () => {
  it('keeps what was needed last, and drops the rest when there is no room', async () => {
    const { workspaces } = open(250);
    for (const version of ['1.0.0', '2.0.0', '1.0.0']) {
      const workspace = await workspaces.open(component('a', [version]), {}, never);
      await workspaces.close(workspace, component('a'));
      // Older than what comes next, whatever the resolution of the disk's clock.
      const past = new Date(Date.now() - 60_000 + (await versions()).length);
      if (version === '2.0.0') await utimes(folderOf('2.0.0'), past, past);
    }
    await workspaces.open(component('a', ['3.0.0']), {}, never);
    expect(await versions()).toEqual(['1.0.0', '3.0.0']);
  });

  it('drops nothing that another component is using, and says when that leaves no room', async () => {
    const { workspaces } = open(150);
    const used = await workspaces.open(component('a', ['1.0.0']), {}, never);
    await expect(workspaces.open(component('b', ['2.0.0']), {}, never)).rejects.toMatchObject({
      code: 'LF-RUNNER-164',
      temporary: true,
    });
    expect(await versions()).toContain('1.0.0');
    await workspaces.close(used, component('a'));
    await workspaces.open(component('b', ['2.0.0']), {}, never);
    expect(await versions()).toEqual(['2.0.0']);
  });

  it('is filled by one component at a time', async () => {
    const { workspaces, log } = open(1000);
    await Promise.all(['a', 'b', 'c'].map((name) => workspaces.open(component(name, ['1.0.0']), {}, never)));
    expect(log).toEqual(['> 1.0.0', '< 1.0.0', '> 1.0.0', '< 1.0.0', '> 1.0.0', '< 1.0.0']);
  });
});
