import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Permission, permissionSchema } from '../../contract/index.ts';
import { statementsOf, synthesise } from '../../stacks/index.ts';

export type BaseLayerGiven = { dir: string; upgradePermissions: Permission[] };

/** The base layer in the version of this program: its synthesised module, and the rights that the account stack gives the upgrade role for it. */
export async function baseLayerOfThisVersion(cacheDir: string): Promise<BaseLayerGiven> {
  const outDir = join(cacheDir, 'base-layer');
  await rm(outDir, { recursive: true, force: true });
  const { dir } = await synthesise({ stack: 'base', outDir });
  const upgradePermissions = Object.values(statementsOf('upgrade'))
    .flat()
    .filter((statement) => statement.effect === 'Allow' && statement.resources !== undefined)
    .map(({ sid, actions, resources, reason }) => permissionSchema.parse({ sid, actions, resources, reason }));
  return { dir, upgradePermissions };
}
