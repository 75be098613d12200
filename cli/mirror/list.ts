import type { Command } from 'commander';
import { createOutput } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';

export function registerList(mirror: Command): void {
  withRegistryOptions(
    mirror.command('ls <repository>').description('the tags of a repository and the digests they lead to'),
  ).action(async (repository: string, options: StoreOptions & { json?: boolean }) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      const store = await stores.repository(repository);
      const tags: { tag: string; digest: string | null }[] = [];
      for (const tag of await store.client.listTags(store.repository)) {
        tags.push({ tag, digest: (await store.resolve(tag)) ?? null });
      }
      const width = Math.max(0, ...tags.map(({ tag }) => tag.length));
      output.result(
        { repository: store.name, tags },
        tags.map(({ tag, digest }) => `${tag.padEnd(width)}  ${digest ?? 'gone meanwhile'}`),
      );
    } finally {
      await stores.close();
    }
  });
}
