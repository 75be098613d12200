import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../../dev/config.ts';
import { ensureTools } from '../../dev/tools/ensure-tools.ts';
import { type Authority, createAuthority } from '../../dev/world/authority.ts';
import { createRegistryClient } from '../../oci/index.ts';
import type { Image } from './image.ts';
import { findTools, type Tools } from './peers.ts';
import { type BenchRegistry, startBenchRegistry } from './registry.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { seed } from './seed.ts';

/** What all cases stand on. */
export type Ground = Tools & {
  scratch: Scratch;
  /** Our own bundled programs. */
  programs: string;
  authority: Authority;
  /** Empty, on loopback; `tls` by the authority. */
  startRegistry: (tls?: boolean) => Promise<BenchRegistry>;
  /** A registry that holds these images. */
  startSource: (images: readonly Image[], tls?: boolean) => Promise<BenchRegistry>;
  say: (line: string) => void;
  close: () => Promise<void>;
};

/** A registry that is left behind holds gigabytes of memory. */
const signals = ['SIGINT', 'SIGTERM'] as const;

export async function openGround(say: (line: string) => void): Promise<Ground> {
  const tool = await ensureTools(['registry'], { config: readDevConfig(), clock: systemClock, say });
  const scratch = await openScratch();
  const running = new Set<BenchRegistry>();
  const interrupted = (): void => void close().finally(() => process.exit(130));
  for (const signal of signals) process.once(signal, interrupted);
  const close = async (): Promise<void> => {
    for (const signal of signals) process.off(signal, interrupted);
    for (const registry of running) await registry.stop();
    await scratch.remove();
  };
  try {
    const programs = await scratch.folder('programs');
    const tools = await findTools(programs, say);
    const authority = await createAuthority(join(scratch.dir, 'authority'));
    const startRegistry = async (tls = false): Promise<BenchRegistry> => {
      const dir = await scratch.folder('registry');
      const registry = await startBenchRegistry(tool('registry'), dir, tls ? authority : undefined);
      running.add(registry);
      const stop = async (): Promise<void> => {
        running.delete(registry);
        await registry.stop();
      };
      return { ...registry, stop };
    };
    const startSource = async (images: readonly Image[], tls = false): Promise<BenchRegistry> => {
      const registry = await startRegistry(tls);
      const way = tls ? { ca: await readFile(authority.certificatePath, 'utf8') } : { plainHttp: true };
      const client = createRegistryClient({ host: registry.host, ...way });
      await seed(client, images);
      await client.close();
      return registry;
    };
    return { ...tools, scratch, programs, authority, startRegistry, startSource, say, close };
  } catch (error) {
    await close();
    throw error;
  }
}
