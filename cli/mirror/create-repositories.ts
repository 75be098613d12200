import type { ECRClient } from '@aws-sdk/client-ecr';
import type { Command } from 'commander';
import { prefixTag } from '../../contract/index.ts';
import { ensureEcrRepository, type MirrorOptions } from '../../oci/index.ts';
import { openNetwork } from '../host/network.ts';
import { createOutput } from '../host/output.ts';
import { ecrRegionOf, openEcr } from '../host/registry-logins.ts';

export type CreateOptions = { create?: boolean; kmsKey?: string; ca?: string };

/** What every verb takes that writes into registries. */
export function withCreateOptions(command: Command): Command {
  return command
    .option(
      '--create',
      'make the repositories that ECR is missing: immutable tags, scanned on push, no lifecycle rules',
    )
    .option('--kms-key <arn>', 'with --create: encrypt them with this key');
}

/**
 * With `--create`: repositories of ECR are made before the first write to them; other registries make their own. `prefix`: of the install that they are
 * made for, whose runner then looks after them.
 */
export function creation(
  { create, kmsKey, ca }: CreateOptions,
  prefix?: string,
  clientFor: (region: string) => Promise<Pick<ECRClient, 'send'>> = async (region) =>
    openEcr(region, await openNetwork({ ca })),
): Pick<MirrorOptions, 'prepare'> {
  if (create !== true) return {};
  const key = kmsKey === undefined ? {} : { kmsKeyArn: kmsKey };
  const tags = prefix === undefined ? {} : { tags: { [prefixTag]: prefix } };
  const clients = new Map<string, ReturnType<typeof clientFor>>();
  return {
    prepare: async ({ name }) => {
      const slash = name.indexOf('/');
      const region = ecrRegionOf(name.slice(0, slash));
      if (region === undefined) return;
      const client = clients.get(region) ?? clientFor(region);
      clients.set(region, client);
      const made = await ensureEcrRepository({
        client: await client,
        repository: name.slice(slash + 1),
        ...tags,
        ...key,
      });
      const output = createOutput(false);
      if (made.created) output.progress('created', name);
      else if (made.differs.length > 0)
        output.progress('differs', `${name} is used as it is, but ${made.differs.join('; ')}`);
    },
  };
}
