import type { Clock } from '../../contract/index.ts';
import type { RunnerConfig } from '../config.ts';
import type { JournalEntry } from '../effects/index.ts';
import type { EngineSet } from './engine-set.ts';
import { terraformInterrupted } from './facts-of-install.ts';
import type { Mirror } from '../ports.ts';
import { createTerraformState, type TerraformState } from '../reconcile/index.ts';

type Options = {
  config: RunnerConfig;
  engines: EngineSet;
  clock: Clock;
  mirror: Mirror;
  interrupted: readonly JournalEntry[];
};

/** What all that works with Terraform in this runner shares. */
export function terraformOfInstall({ config, engines, clock, mirror, interrupted }: Options): TerraformState {
  const { privateDir } = engines;
  const { cacheBytes } = config.terraform;
  const given = { interrupted: terraformInterrupted(interrupted), privateDir, cacheBytes };
  return createTerraformState(given, { clock, mirror, workDir: config.workDir });
}
