import type { Command } from 'commander';
import { isImmutableTag } from '../../oci/index.ts';
import { createOutput } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { resolveTags } from './resolve-tags.ts';
import { openStores, type StoreOptions } from './stores.ts';

type Difference = { tag: string; here: string | null; there: string | null };

export function registerDiff(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('diff <repository> <other>')
      .description(
        'tags that lead to other digests, or are in one of the two only, the mirror’s own lf-<digest> aside; exit code 1 when there are any',
      ),
  ).action(async (one: string, other: string, options: StoreOptions & { json?: boolean }) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      const [here, there] = [await stores.repository(one), await stores.repository(other)];
      const [ours, theirs] = [
        await resolveTags(here, await here.client.listTags(here.repository)),
        await resolveTags(there, await there.client.listTags(there.repository)),
      ];
      // The mirror's own each say themselves where they lead: the one side has those of copies that the other did not get.
      const tags = new Set([...ours.keys(), ...theirs.keys()].filter((tag) => !isImmutableTag(tag)));
      const differences: Difference[] = [];
      for (const tag of [...tags].sort()) {
        const digests = { here: ours.get(tag) ?? null, there: theirs.get(tag) ?? null };
        if (digests.here !== digests.there) differences.push({ tag, ...digests });
      }
      output.result(
        { here: here.name, there: there.name, same: tags.size - differences.length, differences },
        differences.length === 0
          ? [`the same ${tags.size} tags`]
          : differences.map((each) => `${each.tag}  ${each.here ?? '-'}  ${each.there ?? '-'}`),
      );
      if (differences.length > 0) process.exitCode = 1;
    } finally {
      await stores.close();
    }
  });
}
