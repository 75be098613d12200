import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, TerraformComponent } from '../../../contract/index.ts';
import { writeCliConfig } from '../../../engines/index.ts';
import type { InstallFacts, Mirror } from '../../ports.ts';

export type WorkFolderParts = { mirror: Mirror; workDir: string; install: InstallFacts };

/** `module` is where the engine runs; `base` is kept beside it. */
export type WorkFolder = { base: string; module: string; cliConfig: string };

/** The module in a folder of its own, the providers from the mirror, the backend in the customer's account. */
export async function prepareWorkFolder(
  parts: WorkFolderParts,
  component: TerraformComponent,
  stateKey: string,
  signal: AbortSignal,
): Promise<WorkFolder> {
  const base = join(parts.workDir, 'terraform', component.name);
  const module = join(base, 'module');
  const providers = join(parts.workDir, 'terraform', 'providers');
  const cliConfig = join(base, 'tofu.rc');
  await keepErroredState(module, base);
  await rm(module, { recursive: true, force: true });
  await mkdir(module, { recursive: true });
  await mkdir(providers, { recursive: true });
  await parts.mirror.fetchModule(component.module, module, signal);
  await parts.mirror.fetchProviders([...component.providers], providers, signal);
  await writeCliConfig(cliConfig, { filesystemMirror: providers });
  const backend = { terraform: { backend: { s3: backendFor(parts.install, stateKey) } } };
  await writeFile(join(module, 'landfall_backend_override.tf.json'), `${JSON.stringify(backend, null, 2)}\n`);
  return { base, module, cliConfig };
}

function backendFor(install: InstallFacts, key: string): JsonObject {
  const endpoint = install.terraformEnv['AWS_ENDPOINT_URL'] ?? '';
  return {
    bucket: install.state.bucket,
    key,
    region: install.state.region,
    encrypt: true,
    use_lockfile: true,
    ...(install.state.kmsKeyArn === null ? {} : { kms_key_id: install.state.kmsKeyArn }),
    ...(endpoint === '' ? {} : { use_path_style: true }), // An address has no subdomains for buckets.
  };
}

/** State that could not be written at the end of an apply is the only trace of what was made: kept beside, never deleted. */
async function keepErroredState(module: string, base: string): Promise<void> {
  const files = await readdir(module).catch((): string[] => []);
  if (!files.includes('errored.tfstate')) return;
  await mkdir(join(base, 'errored'), { recursive: true });
  await copyFile(join(module, 'errored.tfstate'), join(base, 'errored', `${process.hrtime.bigint()}.tfstate`));
}
