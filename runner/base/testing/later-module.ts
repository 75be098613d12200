import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const moduleSchema = z.looseObject({
  variable: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })),
  resource: z.record(z.string(), z.record(z.string(), z.looseObject({ for_each: z.string().optional() }))),
});

export type BaseModule = z.infer<typeof moduleSchema>;
export type ModuleChange = (module: BaseModule) => void;

/** The module of a later release: the synthesised one with something changed, in a folder of its own. */
export async function laterModule(original: string, folder: string, changes: readonly ModuleChange[]): Promise<string> {
  const module = moduleSchema.parse(JSON.parse(await readFile(join(original, 'cdk.tf.json'), 'utf8')));
  for (const change of changes) change(module);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'cdk.tf.json'), JSON.stringify(module, null, 2));
  return folder;
}

export const byDefault =
  (variable: string, value: string): ModuleChange =>
  (module) => {
    module.variable[variable] = { ...module.variable[variable], default: value };
  };

export const forEach =
  (type: string, name: string, expression: string): ModuleChange =>
  (module) => {
    module.resource[type] = {
      ...module.resource[type],
      [name]: { ...module.resource[type]?.[name], for_each: expression },
    };
  };

export const withResource =
  (type: string, name: string, values: Record<string, string>): ModuleChange =>
  (module) => {
    module.resource[type] = { ...module.resource[type], [name]: values };
  };

export const withoutResource =
  (type: string, name: string): ModuleChange =>
  (module) => {
    delete module.resource[type]?.[name];
  };
