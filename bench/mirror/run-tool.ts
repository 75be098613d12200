import { rm } from 'node:fs/promises';
import * as z from 'zod';
import { immutableTag } from '../../oci/index.ts';
import type { Ground } from './ground.ts';
import { bytesOfImage, type Image } from './image.ts';
import type { BenchRegistry } from './registry.ts';
import type { MirrorTool } from './tools.ts';
import { addTraffic, type Traffic } from './traffic.ts';
import { watchProcess } from './watch-process.ts';

/** One run of one tool, all of it seen from outside, but `engineMs`. */
export type Run = {
  /** It said so, and the target holds every blob, manifest and tag. */
  ok: boolean;
  wallMs: number;
  cpuSeconds: number;
  peakRssBytes: number;
  /** Of both registries. */
  traffic: Traffic;
  /** What the source sent. */
  bytesFetched: number;
  /** Processor time of both registries meanwhile: what of the machine was left for the tool. */
  registriesCpuSeconds: number;
  /** From its first request to its last, as our engine's own process says. */
  engineMs?: number;
  /** The end of what it printed, when it failed. */
  why?: string;
};

export type WatchedSource = Pick<BenchRegistry, 'host' | 'traffic' | 'forget' | 'cpuSeconds'>;
export type WatchedTarget = WatchedSource & Pick<BenchRegistry, 'digestOfTag' | 'holdsBlob'>;

export type RunOptions = {
  images: readonly Image[];
  source: WatchedSource;
  target: WatchedTarget;
  tls?: boolean;
  deadlineMs?: number;
};

const engineSchema = z.object({ engineMs: z.number() });

/** Lets a tool copy the images, all of one repository. The registries' counts begin anew. */
export async function runTool(ground: Ground, tool: MirrorTool, options: RunOptions): Promise<Run> {
  const { images, source, target, tls = false, deadlineMs = 600_000 } = options;
  const dir = await ground.scratch.folder('tool');
  const command = await tool.command(
    {
      source: source.host,
      target: target.host,
      repository: images[0]?.repository ?? '',
      images: images.map(({ manifest, tag }) => ({ digest: manifest.digest, tag })),
      ...(tls ? { ca: ground.authority.certificatePath } : {}),
    },
    dir,
  );
  const registries = [source, target];
  await ground.scratch.warm(images.reduce((sum, image) => sum + bytesOfImage(image), 0));
  for (const registry of registries) await registry.forget();
  const cpuBefore = await cpuOf(registries);
  const watched = await watchProcess(command, deadlineMs);
  const registriesCpuSeconds = (await cpuOf(registries)) - cpuBefore;
  const fetched = await source.traffic();
  const traffic = addTraffic(fetched, await target.traffic());
  const whole = watched.ok && (await isWhole(target, images, tool));
  await rm(dir, { recursive: true, force: true });
  const { wallMs, cpuSeconds, peakRssBytes } = watched;
  return {
    ok: whole,
    wallMs,
    cpuSeconds,
    peakRssBytes,
    traffic,
    bytesFetched: fetched.bytesSent,
    registriesCpuSeconds,
    ...(tool.timesItself && watched.ok ? engineSchema.parse(JSON.parse(watched.stdout)) : {}),
    ...(whole
      ? {}
      : { why: watched.ok ? 'it said that all is well, and the target is not whole' : watched.tail.trim() }),
  };
}

async function cpuOf(registries: readonly WatchedSource[]): Promise<number> {
  let seconds = 0;
  for (const registry of registries) seconds += await registry.cpuSeconds();
  return seconds;
}

async function isWhole(target: WatchedTarget, images: readonly Image[], tool: MirrorTool): Promise<boolean> {
  for (const { repository, tag, manifest, layers, config } of images) {
    const expected = tool.pins ? immutableTag(manifest.digest) : tag;
    if ((await target.digestOfTag(repository, expected)) !== manifest.digest) return false;
    for (const { digest } of [...layers, config.descriptor]) if (!(await target.holdsBlob(digest))) return false;
  }
  return true;
}
