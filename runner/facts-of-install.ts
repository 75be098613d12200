import type { RunnerConfig } from './config.ts';
import type { JournalEntry } from './effects/index.ts';
import type { EngineSet } from './engine-set.ts';
import type { InstallFacts } from './ports.ts';

/** What never changes while the runner runs. */
export function factsOf(config: RunnerConfig, engines: EngineSet): InstallFacts {
  const { id, product, region, account, prefix } = config.install;
  const { bucket, kmsKeyArn } = config.state;
  return {
    id,
    product,
    region,
    account,
    prefix,
    vendorRegistry: config.vendorRegistry.host,
    state: { bucket, region: config.state.region, kmsKeyArn: kmsKeyArn === '' ? null : kmsKeyArn },
    terraformEnv: engines.terraformEnv,
  };
}

/** Terraform components in whose effects an earlier runner died: it may have left a lock on their state. */
export function componentsInterrupted(entries: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(entries.filter(({ kind }) => kind.startsWith('terraform-')).map(({ target }) => target));
}
