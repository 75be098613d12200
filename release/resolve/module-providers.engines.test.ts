import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, sha256, systemClock } from '../../contract/index.ts';
import { requireEngines } from '../../dev/index.ts';
import { createProcessRunner, createTofu } from '../../engines/index.ts';
import { tarDirectory } from '../../oci/index.ts';
import { moduleProviders, type ModuleProvidersOptions } from './module-providers.ts';

const engines = await requireEngines('tofu');
const saying = (what: string): string => `output "said" { value = "${what}" }\n`;
const calls = (source: string): string => `module "vpc" { source = "${source}" }\n`;

describe.skipIf(!engines.available)('modules that a module of a release calls', () => {
  let dir: string;
  let url: string;
  const server = createServer((_, response) => {
    const sending = async (): Promise<void> => void response.end(await buffer(await tarDirectory(join(dir, 'served'))));
    void sending();
  });
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'landfall-modules-'));
    await write({ 'served/main.tf': saying('as signed') });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/module.tgz`;
  });
  afterAll(async () => {
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    await rm(dir, { recursive: true, force: true });
  });

  async function write(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
  }
  const tofu: ModuleProvidersOptions['tofu'] = (folders) =>
    createTofu({ binary: engines.path('tofu'), runProcess: createProcessRunner({ clock: systemClock }), ...folders });
  /** What a build asks of a module with these files. */
  async function asked(name: string, files: Record<string, string>): Promise<ModuleProvidersOptions> {
    const names = Object.entries(files).map(([file, text]) => [`${name}/${file}`, text] as const);
    await write(Object.fromEntries(names));
    const folders = { mirrorDir: join(dir, 'providers'), cacheDir: join(dir, 'cache') };
    await mkdir(folders.mirrorDir, { recursive: true });
    return { dir: join(dir, name), digest: sha256(JSON.stringify(files)), tofu, ...folders };
  }
  const refused = (call: string): JsonObject => ({
    code: 'LF-RELEASE-018',
    message: expect.stringContaining(`takes ${call} from outside of its folder`),
  });

  it('are refused where they come from the network: what the engine has fetched is not what is packed', async () => {
    const options = await asked('fetches', { 'main.tf': calls(url) });
    await expect(moduleProviders(options)).rejects.toMatchObject(refused('module.vpc'));
    // Without the guard: the engine takes it, and another one the next day.
    const workDir = options.dir;
    const engine = tofu({ workDir, cliConfigPath: '/dev/null' });
    await engine.init({ backend: false });
    await engine.validate();
  });

  it('are refused though an older build has let them pass and has kept what it found', async () => {
    const options = await asked('kept', { 'main.tf': calls(url), 'more.tf': '' });
    await write({ [`cache/module-providers/${options.digest.slice('sha256:'.length)}.json`]: '[]' });
    await expect(moduleProviders(options)).rejects.toMatchObject(refused('module.vpc'));
  });

  it('are refused where a module within calls them, and where they lie elsewhere on this machine', async () => {
    const nested = { 'main.tf': calls('./mine'), 'mine/main.tf': `module "inner" { source = "${url}" }\n` };
    await expect(moduleProviders(await asked('nested', nested))).rejects.toMatchObject(refused('module.vpc.inner'));
    const options = await asked('absolute', { 'main.tf': calls(join(dir, 'served')) });
    await expect(moduleProviders(options)).rejects.toMatchObject(refused('module.vpc'));
  });

  it('may lie in its folder, whichever way they call each other', async () => {
    const files = {
      'main.tf': calls('./mine'),
      'mine/main.tf': 'module "other" { source = "../other" }\n',
      'other/main.tf': saying('from within'),
    };
    expect(await moduleProviders(await asked('local', files))).toEqual([]);
  });
});
