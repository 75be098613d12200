import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { LandfallError, parseValue } from '../../contract/index.ts';
import { createOutput } from '../host/output.ts';
import { copyOne, type CopyOutcome } from './copy-one.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';

const fileSchema = z.strictObject({
  copy: z
    .array(
      z.strictObject({
        source: z.string().max(1024),
        destination: z.string().max(1024),
        platforms: z.array(z.string().max(64)).max(20).optional(),
        referrers: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(10_000),
});

export function registerSync(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('sync')
      .description(
        'everything that a file lists (copy: [{source, destination, platforms, referrers}]); goes on where it was cut off',
      )
      .requiredOption('-f, --file <file>', 'YAML'),
  ).action(async (options: StoreOptions & { file: string; json?: boolean }) => {
    const output = createOutput(options.json === true);
    const wishes = await readSyncFile(options.file);
    const stores = openStores(options);
    try {
      const results: CopyOutcome[] = [];
      for (const { platforms, ...wish } of wishes) {
        results.push(await copyOne(stores, { ...wish, ...(platforms === undefined ? {} : { platforms }) }, output));
      }
      output.result(
        { results },
        results.map((each) => `${each.destination}  copied ${each.copied}, there already ${each.present}`),
      );
    } finally {
      await stores.close();
    }
  });
}

async function readSyncFile(path: string): Promise<z.infer<typeof fileSchema>['copy']> {
  try {
    return parseValue(parse(await readFile(path, 'utf8'), { maxAliasCount: 0 }), fileSchema, path).copy;
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    throw new LandfallError('LF-CLI-010', `${path} cannot be read as YAML`, { cause });
  }
}
