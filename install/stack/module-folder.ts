import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, LandfallError, type Permission } from '../../contract/index.ts';
import { synthesise } from '../../stacks/index.ts';
import type { InstallContext } from '../context.ts';

export type ModuleRequest = {
  stack: 'account' | 'base';
  variables: JsonObject;
  /** Where the state is; `local`: beside the configuration, until the bucket exists. */
  backend: { bucket: string; key: string; region: string } | 'local';
  productPermissions?: readonly Permission[];
};

const configuration = 'cdk.tf.json';

/**
 * The folder that OpenTofu is run in: the module, the same bytes for every install, beside two files that are this install's
 * own: its variables, and where its state is. The module is synthesised here, unless the host brings one along.
 */
export async function moduleFolder(context: InstallContext, request: ModuleRequest): Promise<string> {
  const { stack, variables, backend, productPermissions = [] } = request;
  const dir = await placeModule(context, stack, productPermissions);
  const write = (name: string, content: unknown): Promise<void> =>
    writeFile(join(dir, name), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await write('terraform.tfvars.json', variables);
  // An override replaces the module's own backend block as a whole.
  await write('landfall_backend_override.tf.json', {
    terraform: {
      backend:
        backend === 'local' ? { local: { path: 'terraform.tfstate' } } : { s3: { ...backend, use_lockfile: true } },
    },
  });
  return dir;
}

async function placeModule(
  context: InstallContext,
  stack: 'account' | 'base',
  productPermissions: readonly Permission[],
): Promise<string> {
  const outDir = join(context.workDir, stack);
  const given = context.modules?.[stack];
  if (given === undefined) {
    const request = stack === 'account' ? { stack, productPermissions } : { stack };
    return (await synthesise({ ...request, outDir })).dir;
  }
  const dir = join(outDir, 'stacks', stack);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await copyFile(join(given, configuration), join(dir, configuration)).catch((cause: unknown) => {
    throw new LandfallError('LF-INSTALL-009', `${given} holds no ${stack} module (${configuration})`, { cause });
  });
  return dir;
}
