import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { componentNameSchema, describeError } from '../../contract/index.ts';
import type { AwsCredentials, InstallContext } from '../context.ts';
import { listKeys, readObject } from './bucket.ts';
import { destroyStack } from './destroy-stack.ts';
import type { Journal } from './journal.ts';
import type { Thing } from './receipt.ts';
import { providersInState, thingsInState } from './state-things.ts';

/** A Terraform component of the product, as its state in the bucket shows it. */
export type ProductState = { component: string; key: string; raw: string; things: Thing[] };

const prefix = 'components/';

export async function findProductStates(s3: S3Client, bucket: string): Promise<ProductState[]> {
  const found: ProductState[] = [];
  for (const { key } of await listKeys(s3, bucket, prefix)) {
    if (!key.endsWith('/terraform.tfstate')) continue;
    const raw = await readObject(s3, bucket, key);
    if (raw === undefined) continue;
    const component = key.slice(prefix.length, -'/terraform.tfstate'.length);
    found.push({ component, key, raw, things: thingsInState(raw, `the state of ${component}`) });
  }
  return found.filter(({ things }) => things.length > 0);
}

export type ProductRequest = {
  context: InstallContext;
  journal: Journal;
  bucket: string;
  region: string;
  /** Of the customer's admin: only they surely reach what the product made. */
  credentials: AwsCredentials;
};

/**
 * By an empty configuration: Terraform takes away what the state holds and the configuration does not name, so the product's
 * modules are not needed, only its providers. What cannot be taken away is named, and kept.
 */
export async function destroyProduct(request: ProductRequest, states: readonly ProductState[]): Promise<void> {
  for (const state of states) {
    const doubt = doubtOf(state);
    if (doubt !== null) {
      await keepProduct(request, [state], doubt);
      continue;
    }
    try {
      await destroyOne(request, state);
    } catch (error) {
      await keepProduct(request, [state], `it could not be destroyed: ${describeError(error)}`);
    }
  }
}

/** Whoever can write into the bucket could leave a state here; with the admin's rights only what looks like a component's is destroyed. */
export function doubtOf({ component, raw }: Pick<ProductState, 'component' | 'raw'>): string | null {
  if (!componentNameSchema.safeParse(component).success) return 'its key is not that of a component';
  const strange = providersInState(raw, `the state of ${component}`).find((source) => !wellKnown.test(source));
  return strange === undefined ? null : `its provider ${strange} is not one of HashiCorp's`;
}

const wellKnown = /^registry\.(?:opentofu\.org|terraform\.io)\/hashicorp\/[a-z0-9-]+$/;

async function destroyOne(request: ProductRequest, { component, key, raw }: ProductState): Promise<void> {
  const { context, journal, bucket, region, credentials } = request;
  const dir = join(context.workDir, 'teardown', 'product', component);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const providers = providersInState(raw, `the state of ${component}`).map((source) => [
    source.split('/').at(-1) ?? source,
    { source },
  ]);
  const configuration = {
    terraform: {
      required_providers: Object.fromEntries(providers),
      backend: { s3: { bucket, key, region, use_lockfile: true } },
    },
  };
  await writeFile(join(dir, 'main.tf.json'), `${JSON.stringify(configuration, null, 2)}\n`);
  const state = { bucket, key, region, credentials };
  const run = { step: 'teardown', dir, region, credentials, state } as const;
  const stack = `${prefix}${component}`;
  const { left } = await destroyStack({ context, journal, run, stack, which: () => true, stepOf: () => 'product' });
  if (left.length === 0) await rm(dir, { recursive: true, force: true });
}

/** Named in the receipt, and a copy of the state beside it: without it nobody could go on with Terraform. */
export async function keepProduct(
  request: ProductRequest,
  states: readonly ProductState[],
  why: string,
): Promise<void> {
  const dir = join(request.context.workDir, 'teardown', 'product-states');
  for (const { component, raw, things } of states) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const file = component.replaceAll(/[^A-Za-z0-9-]/g, '_');
    await writeFile(join(dir, `${file}.tfstate`), raw, { mode: 0o600 });
    for (const thing of things)
      await request.journal.kept(thing, `made by the product's component ${component}; ${why}`);
  }
}
