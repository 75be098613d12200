import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { baseLayerOfThisVersion } from './base-layer.ts';

it('the base layer of a release is the synthesised module, with the rights of the upgrade role and none of its denials', async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'landfall-base-layer-'));
  onTestFinished(() => rm(cacheDir, { recursive: true, force: true }));
  const { dir, upgradePermissions } = await baseLayerOfThisVersion(cacheDir);
  expect(await readdir(dir)).toEqual(['cdk.tf.json']);
  const actions = upgradePermissions.flatMap((permission) => permission.actions);
  expect(actions).toContain('eks:UpdateClusterVersion');
  expect(actions).not.toContain('*');
  expect(actions).not.toContain('eks:DeleteCluster');
});
