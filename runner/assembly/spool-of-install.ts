import { join } from 'node:path';
import * as z from 'zod';
import type { Clock, LandfallError } from '../../contract/index.ts';
import type { RunnerConfig } from '../config.ts';
import { type Spool, openSpool } from '../egress/index.ts';
import { asDiskFull } from '../guards/index.ts';
import type { Store } from '../ports.ts';

const spoolSchema = z.object({ spool: z.string() });

/** The store remembers which spool this install has: when its disk is gone, the new one says so. */
export async function openSpoolOfInstall(options: {
  config: RunnerConfig;
  clock: Clock;
  store: Store;
  onTrouble: (error: LandfallError) => void;
}): Promise<Spool> {
  const { config, clock, store, onTrouble } = options;
  const name = 'telemetry-spool';
  const known = await store.get(name, spoolSchema);
  const previous = known === null ? {} : { previousId: known.value.spool };
  const settings = {
    dir: join(config.workDir, 'spool'),
    clock,
    maxBytes: config.spoolMaxBytes,
    onTrouble,
    ...previous,
  };
  const spool = openIfRoom(settings);
  if (known?.value.spool !== spool.id) await store.put(name, { spool: spool.id }, known?.revision ?? null);
  return spool;
}

function openIfRoom(settings: Parameters<typeof openSpool>[0]): Spool {
  try {
    return openSpool(settings);
  } catch (error) {
    throw asDiskFull(error);
  }
}
