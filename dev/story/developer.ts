import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Entity } from '../../contract/index.ts';
import type { World } from '../world/index.ts';
import { installId } from './install-id.ts';
import type { Vendor } from './vendor.ts';

const run = promisify(execFile);

/** Somebody who creates streams and connectors in an install, with the product's command line. */
export type Developer = {
  apply(entities: readonly Omit<Entity, 'generation'>[]): Promise<void>;
  remove(entity: string): Promise<void>;
  /** `streams/orders` -> how it is, as the control plane has been told. */
  states(): Promise<ReadonlyMap<string, string>>;
};

export function createDeveloper(world: World, vendor: Vendor): Developer {
  const root = join(import.meta.dirname, '..', '..');
  const loader = createRequire(import.meta.url).resolve('tsx');
  const entity = async (...args: string[]): Promise<string> => {
    const place = ['--control-plane', vendor.controlPlane.url, '--control-plane-ca', world.ca.certificatePath];
    const { stdout } = await run(
      process.execPath,
      ['--import', loader, join(root, 'cli', 'main.ts'), 'entity', ...args, ...place, '--install', installId, '--json'],
      { cwd: root, env: { PATH: process.env['PATH'], LANDFALL_TOKEN: vendor.controlPlane.adminToken } },
    );
    return stdout;
  };
  const listed = z.array(z.object({ type: z.string(), name: z.string(), state: z.string() }));
  return {
    apply: async (entities) => {
      const file = join(world.dir, 'entities.yaml');
      await writeFile(file, entities.map((each) => JSON.stringify(each)).join('\n---\n'));
      await entity('apply', '--file', file);
    },
    remove: async (name) => {
      await entity('remove', name);
    },
    states: async () => {
      const path = `/v1/installs/${installId}/entities`;
      const { entities } = await vendor.api.call('GET', path, z.object({ entities: listed }));
      return new Map(entities.map(({ type, name, state }) => [`${type}/${name}`, state]));
    },
  };
}
