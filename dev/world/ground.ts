import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../contract/index.ts';
import { type DevConfig, readDevConfig } from '../config.ts';
import { type Authority, createAuthority } from './authority.ts';
import { type WorldNetwork, prepareNetwork } from './network.ts';
import { type Reaper, startReaper } from './reaper.ts';

/** What every part of a world stands on: folder, network, certificate authority, and the reaper of it all. */
export type Ground = {
  dir: string;
  config: DevConfig;
  clock: Clock;
  say: (line: string) => void;
  network: WorldNetwork;
  authority: Authority;
  reaper: Reaper;
  /** Ends every process and removes everything made on this ground. */
  close(): Promise<void>;
};

export type GroundOptions = {
  say: (line: string) => void;
  /** Real nodes where possible (default), or kwok. */
  nodes?: 'auto' | 'kwok';
  /** The folder with the logs outlives the world. */
  keepFolder?: boolean;
  config?: DevConfig;
  clock?: Clock;
};

export async function openGround(options: GroundOptions): Promise<Ground> {
  const config = options.config ?? readDevConfig();
  const dir = await mkdtemp(join(config.worldsDir, 'lf-'));
  const reaper = startReaper(dir);
  if (options.keepFolder !== true) reaper.folder(dir);
  try {
    const network = await prepareNetwork({ config, reaper, nodes: options.nodes ?? 'auto' });
    const authority = await createAuthority(join(dir, 'ca'));
    const clock = options.clock ?? systemClock;
    return { dir, config, clock, say: options.say, network, authority, reaper, close: () => reaper.finish() };
  } catch (error) {
    await reaper.finish();
    throw error;
  }
}
