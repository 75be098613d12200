import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonSchema, parseJson, type Permission } from '../../contract/index.ts';
import {
  type AccountInputsGiven,
  type BaseInputsGiven,
  installNames,
  stateKeys,
  synthesise,
  toVariables,
} from '../../stacks/index.ts';
import { moduleReadme, type ModuleStackName } from './module-readme.ts';

/** Text by path: what a folder will hold. */
export type Files = Record<string, string>;

/**
 * The two modules as folders that `terraform` can be run in without anything of ours: the same bytes that every other way
 * uses, and beside them what this install decides.
 */
export async function terraformModule(
  account: AccountInputsGiven,
  base: BaseInputsGiven,
  productPermissions: readonly Permission[],
): Promise<Files> {
  const { stateBucket: bucket } = installNames(account);
  const backend = (key: string): object => ({
    terraform: { backend: { s3: { bucket, key, region: account.region, use_lockfile: true } } },
  });
  return {
    ...(await moduleFiles('account', productPermissions)),
    'account/terraform.tfvars.json': json(toVariables({ stack: 'account', inputs: account })),
    'account/landfall_backend_override.tf.json': json({
      terraform: { backend: { local: { path: 'terraform.tfstate' } } },
    }),
    'account/after-the-first-apply/landfall_backend_override.tf.json': json(backend(stateKeys.account)),
    ...(await moduleFiles('base', [])),
    'base/terraform.tfvars.json': json(toVariables({ stack: 'base', inputs: base })),
    'base/landfall_backend_override.tf.json': json(backend(stateKeys.base)),
  };
}

async function moduleFiles(stack: ModuleStackName, productPermissions: readonly Permission[]): Promise<Files> {
  const outDir = await mkdtemp(join(tmpdir(), 'lf-module-'));
  try {
    const request = stack === 'account' ? { stack, productPermissions } : { stack };
    const { dir } = await synthesise({ ...request, outDir });
    const text = await readFile(join(dir, 'cdk.tf.json'), 'utf8');
    const configuration = parseJson(text, jsonSchema, `the ${stack} module`, { bytes: 5_000_000, depth: 60 });
    return { [`${stack}/cdk.tf.json`]: text, [`${stack}/README.md`]: moduleReadme(stack, configuration) };
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
