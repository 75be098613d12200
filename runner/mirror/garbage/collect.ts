import { type Digest, LandfallError, type Release } from '../../../contract/index.ts';
import { parseManifest } from '../../../oci/index.ts';
import type { Effects } from '../../ports.ts';
import { type MirrorRecord, fromKey } from '../record.ts';
import type { OwnRegistry } from '../registries.ts';
import { type Links, findGarbage } from './find-garbage.ts';
import { type KeptReleases, keysOf } from './kept-releases.ts';

export type CollectParts = {
  own: OwnRegistry;
  record: MirrorRecord;
  kept: KeptReleases;
  effects: Effects;
  /** What the cluster names of the mirror, as keys. */
  inUse: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
};

export type Collected = {
  manifests: number;
  /** Repositories that were left alone: not the runner's own, or the registry deletes nothing. */
  left: string[];
  /** Nobody needs them but what still runs. */
  inUse: string[];
};

/**
 * Removes what neither the last good releases, nor the accepted one, nor anything in the cluster needs. Warm (nothing to go): no request.
 * Forgotten first, removed then: from the first moment nobody relies on what goes. Killed anywhere, the next call goes on, because the
 * repositories are noted before anything is forgotten. Never called while a release is on its way.
 */
export async function collectGarbage(
  parts: CollectParts,
  needed: { lastGood: Release; accepted: Release | null },
  signal: AbortSignal,
): Promise<Collected> {
  const { kept, record, own } = parts;
  const { lastGood, accepted } = needed;
  const { releases, begun, untidy } = await kept.read();
  const wanted = new Set(releases.flatMap((release) => release.artifacts));
  for (const key of [...keysOf(lastGood), ...(accepted === null ? [] : keysOf(accepted))]) wanted.add(key);
  const recorded = await record.keys();
  const unwanted = [...new Set([...recorded, ...begun])].filter((key) => !wanted.has(key));
  if (unwanted.length === 0 && untidy.length === 0) return { manifests: 0, left: [], inUse: [] };

  const used = await parts.inUse(signal);
  const inUse = unwanted.filter((key) => used.has(key));
  const going = new Set(unwanted.filter((key) => !used.has(key)));
  const untidyNow = new Set([...untidy, ...[...going].map((key) => fromKey(key).repository)]);
  // What was forgotten by a call that was killed and is wanted again now: it stays below, and nothing else remembers it.
  const staying = [...wanted, ...used].filter((key) => untidyNow.has(fromKey(key).repository) && !recorded.has(key));
  const noted = await kept.change((state) => ({
    ...state,
    begun: [...new Set([...state.begun.filter((key) => !going.has(key)), ...staying])],
    untidy: [...untidyNow].sort(),
  }));
  if (going.size > 0) await record.remove([...going]);
  if (noted.untidy.length === 0) return { manifests: 0, left: [], inUse };

  const roots = new Set([...wanted, ...used, ...(await record.keys())]);
  const about = { target: own.host, intent: `remove what no kept release needs from ${noted.untidy.join(', ')}` };
  const collected: Collected = { manifests: 0, left: [], inUse };
  await parts.effects.run('mirror-remove', about, async (context) => {
    const stop = AbortSignal.any([signal, context.signal]);
    for (const repository of noted.untidy) {
      const removed = await tidy(own, repository, roots, stop);
      if (removed === null) collected.left.push(repository);
      else collected.manifests += removed;
    }
  });
  await kept.change((state) => ({ ...state, untidy: [] }));
  return collected;
}

/** How many manifests went; null when nothing may be removed here. */
async function tidy(
  own: OwnRegistry,
  repository: string,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number | null> {
  const place = `${own.prefix}/${repository}`;
  if (!(await own.made(place, signal))) return null;
  const roots = new Set([...keys].map(fromKey).flatMap((key) => (key.repository === repository ? [key.digest] : [])));
  const waves = await findGarbage({
    images: (await own.images(place, signal)) ?? [],
    roots,
    read: (digest) => readLinks(own, place, digest, signal),
  });
  for (const wave of waves) if ((await own.deleteImages(place, wave, signal)) === 'unsupported') return null;
  return waves.flat().length;
}

async function readLinks(
  own: OwnRegistry,
  place: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Links | 'unknown' | null> {
  try {
    const parsed = parseManifest(await own.client.getManifest(place, digest, { signal }));
    const subject = (parsed.kind === 'index' ? parsed.index.subject : parsed.manifest.subject)?.digest ?? null;
    return { children: parsed.kind === 'index' ? parsed.index.manifests.map((child) => child.digest) : [], subject };
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    if (error.code === 'LF-OCI-004') return null;
    if (error.code === 'LF-OCI-008') return 'unknown';
    throw error;
  }
}
