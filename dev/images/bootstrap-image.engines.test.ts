import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines } from '../tools/index.ts';
import { buildBootstrapImage } from './index.ts';

// `nodes`: root, for a root folder of its own.
const engines = await requireEngines('tofu', 'helm', 'nodes');

const manifestSchema = z.object({ layers: z.array(z.object({ digest: z.string() })) });

describe.skipIf(!engines.available)('the image of the one-shot job, without the provider', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lf-bootstrap-image-'));
    const { layoutDir, digest } = await buildBootstrapImage({ say: () => undefined, provider: false });
    const blob = (of: string): string => join(layoutDir, 'blobs', ...of.split(':'));
    const { layers } = manifestSchema.parse(JSON.parse(await readFile(blob(digest), 'utf8')));
    for (const layer of layers) await execa('tar', ['-xzf', blob(layer.digest), '-C', root]);
    await mkdir(join(root, 'proc'), { recursive: true });
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** As CodeBuild runs a command: by the image's own shell, with nothing but what is in the image. */
  const inside = (command: string) =>
    execa('/usr/sbin/chroot', [root, '/bin/sh', '-c', command], {
      reject: false,
      all: true,
      env: {},
      extendEnv: false,
    });

  it('runs the commands of the template: the shell writes the configuration, node runs the job', async () => {
    const result = await inside(
      `printf '%s' '{"file":{}}' > /tmp/landfall.json; /usr/local/bin/node /opt/landfall/bootstrap.js base --config /tmp/landfall.json`,
    );
    expect(result.all).toContain("the job's configuration");
    expect(result.exitCode).toBe(1);
  });

  it('has helm, tofu and the base module, and no CDKTF', async () => {
    expect((await inside('/usr/local/bin/helm version --short')).stdout).toMatch(/^v4/);
    expect((await inside('/usr/local/bin/tofu version')).stdout).toContain('OpenTofu v1.');
    const module = await readFile(join(root, 'opt/landfall/modules/base/cdk.tf.json'), 'utf8');
    expect(Object.keys(JSON.parse(module).resource)).toContain('aws_eks_cluster');
    expect((await readdir(join(root, 'opt/landfall'))).toSorted()).toEqual(['bootstrap.js', 'modules', 'package.json']);
    expect(await readFile(join(root, 'opt/landfall/bootstrap.js'), 'utf8')).not.toContain('class TerraformStack');
  });
});
