import type { Command } from 'commander';
import { createOutput, type Output } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { resolveTags } from './resolve-tags.ts';
import { openStores, type StoreOptions, type Stores } from './stores.ts';

export function registerList(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('ls <registry[/repository]>')
      .description(
        'the tags of a repository and the digests they lead to; of a registry alone, its repositories, where it tells them',
      ),
  ).action(async (text: string, options: StoreOptions & { json?: boolean }) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      await (text.includes('/') ? listRepository(stores, text, output) : listRegistry(stores, text, output));
    } finally {
      await stores.close();
    }
  });
}

async function listRegistry(stores: Stores, host: string, output: Output): Promise<void> {
  const repositories = await (await stores.registry(host)).listRepositories();
  output.result({ registry: host, repositories }, repositories);
}

async function listRepository(stores: Stores, text: string, output: Output): Promise<void> {
  const store = await stores.repository(text);
  const names = await store.client.listTags(store.repository);
  const digests = await resolveTags(store, names);
  const tags = names.map((tag) => ({ tag, digest: digests.get(tag) ?? null }));
  const width = Math.max(0, ...names.map((tag) => tag.length));
  output.result(
    { repository: store.name, tags },
    tags.map(({ tag, digest }) => `${tag.padEnd(width)}  ${digest ?? 'gone meanwhile'}`),
  );
}
