import { hostname } from 'node:os';
import type { Clock } from '../../../contract/index.ts';
import type { LockingCall, Self } from '../../components/terraform/lock-holder.ts';
import { createWorkspaces, type Workspaces } from '../../components/terraform/workspaces.ts';
import type { Mirror } from '../../ports.ts';

export type TerraformOptions = {
  /** Calls in which earlier runners died, by component: locks that they may have left. */
  interrupted?: ReadonlyMap<string, readonly LockingCall[]>;
  /** The name of this machine, as the engine writes it into locks. Default: what the system says. */
  host?: string;
  /** A folder in memory for saved plans. Default: the work folder. */
  privateDir?: string | undefined;
  /** What unpacked providers may take on disk, in bytes. Default: 3 GiB. */
  cacheBytes?: number;
};

/** What a runner knows of its Terraform components beside the world and its memory. */
export type TerraformState = {
  workspaces: Workspaces;
  self: Self;
  deadCalls: Map<string, LockingCall[]>;
};

const usualCacheBytes = 3 * 1024 ** 3;

export function createTerraformState(
  options: TerraformOptions,
  { clock, mirror, workDir }: { clock: Clock; mirror: Mirror; workDir: string },
): TerraformState {
  const { interrupted = new Map(), host = hostname(), privateDir, cacheBytes = usualCacheBytes } = options;
  return {
    workspaces: createWorkspaces({ mirror, workDir, privateDir, cacheBytes }),
    self: { host, since: clock.now() },
    deadCalls: new Map([...interrupted].map(([component, calls]) => [component, [...calls]])),
  };
}
