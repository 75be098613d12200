import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import type { InstallContext } from '../context.ts';
import { moduleFolder } from './module-folder.ts';

const backend = { bucket: 'lf-acme-123456789012-state', key: 'base/terraform.tfstate', region: 'eu-central-1' };

describe('the folder that OpenTofu is run in', () => {
  let dir: string;
  let context: InstallContext;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-module-'));
    context = {
      clock: systemClock,
      runProcess: () => Promise.reject(new Error('nothing is run')),
      say: () => undefined,
      engines: { tofu: '', helm: '' },
      workDir: join(dir, 'work'),
      modules: { base: join(dir, 'given') },
    };
    await mkdir(join(dir, 'given'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const json = async (folder: string, name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8'));

  it('is the module brought along, byte for byte, with this install’s variables and place of state beside it', async () => {
    await writeFile(join(dir, 'given', 'cdk.tf.json'), '{"the": "module"}');
    const folder = await moduleFolder(context, { stack: 'base', variables: { install_id: 'acme' }, backend });
    expect(await readFile(join(folder, 'cdk.tf.json'), 'utf8')).toBe('{"the": "module"}');
    expect(await json(folder, 'terraform.tfvars.json')).toEqual({ install_id: 'acme' });
    expect(await json(folder, 'landfall_backend_override.tf.json')).toEqual({
      terraform: { backend: { s3: { ...backend, use_lockfile: true } } },
    });
    expect((await stat(join(folder, 'terraform.tfvars.json'))).mode & 0o077).toBe(0);
    expect(await readdir(join(dir, 'given'))).toEqual(['cdk.tf.json']);
  });

  it('starts with a state beside it, and names the bucket when that exists, without a trace of the first', async () => {
    await writeFile(join(dir, 'given', 'cdk.tf.json'), '{}');
    const request = { stack: 'base', variables: {} } as const;
    const local = await moduleFolder(context, { ...request, backend: 'local' });
    expect(await json(local, 'landfall_backend_override.tf.json')).toEqual({
      terraform: { backend: { local: { path: 'terraform.tfstate' } } },
    });
    const moved = await moduleFolder(context, { ...request, backend });
    expect(moved).toBe(local);
    expect(JSON.stringify(await json(moved, 'landfall_backend_override.tf.json'))).not.toContain('local');
  });

  it('is refused where the folder brought along holds no module', async () => {
    await expect(moduleFolder(context, { stack: 'base', variables: {}, backend })).rejects.toMatchObject({
      code: 'LF-INSTALL-009',
    });
  });
});
