import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { LandfallError, parseValue } from '../../../contract/index.ts';
import {
  decodeHelmRelease,
  type HelmReleaseRecord,
  type HelmStatus,
  helmStatusSchema,
} from '../../../engines/index.ts';
import type { KubeObject, Kubernetes } from '../../kubernetes/index.ts';

/** `hooks` false: the release is removed without its hooks. */
export type HelmId = { namespace: string; releaseName: string; hooks?: boolean | undefined };
/** `watched`: by what the shared watches say, without a request; whoever wants to act because of it looks `fresh` first. */
export type Look = 'watched' | 'fresh';
export type SeenRevision = { revision: number; status: HelmStatus; fingerprint: string | null };

/** The runner's own label on Helm's release records. */
export const fingerprintLabel = 'landfall.dev/fingerprint';

/** What the shared watch of Helm's release records selects. */
export const helmRecords = 'owner=helm';

/** Oldest first. From the labels of Helm's secrets alone: their contents are not fetched. */
export async function readHistory(
  kubernetes: Kubernetes,
  id: HelmId,
  signal: AbortSignal,
  look: Look = 'fresh',
): Promise<SeenRevision[]> {
  const labelSelector = `${helmRecords},name=${id.releaseName}`;
  const { items } = await kubernetes.list({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: id.namespace,
    labelSelector,
    metadataOnly: true,
    ...(look === 'watched' ? { watched: helmRecords } : {}),
    signal,
  });
  return items.map(seenIn).sort((a, b) => a.revision - b.revision);
}

function seenIn({ metadata: { labels } }: KubeObject): SeenRevision {
  return {
    revision: Number(labels?.['version'] ?? '0'),
    status: helmStatusSchema.catch('unknown').parse(labels?.['status']),
    fingerprint: labels?.[fingerprintLabel] ?? null,
  };
}

/**
 * What an apply that went well has left, in one request: the revision after the newest of `before`, which it has superseded. null: it is not so,
 * and only the whole history tells what is there.
 */
export async function readNext(
  kubernetes: Kubernetes,
  id: HelmId,
  before: readonly SeenRevision[],
  signal: AbortSignal,
): Promise<{ history: SeenRevision[]; release: HelmReleaseRecord } | null> {
  const secret = await kubernetes.get(secretRef(id, (before.at(-1)?.revision ?? 0) + 1), { signal });
  if (secret === null) return null;
  const next = seenIn(secret);
  if (next.status !== 'deployed') return null;
  const superseded = before.map((seen) =>
    seen.status === 'deployed' ? { ...seen, status: 'superseded' as const } : seen,
  );
  return { history: [...superseded, next], release: decodeHelmRelease(dataOf(secret), secret.metadata.name) };
}

export async function readRelease(
  kubernetes: Kubernetes,
  id: HelmId,
  revision: number,
  signal: AbortSignal,
): Promise<HelmReleaseRecord | null> {
  const secret = await kubernetes.get(secretRef(id, revision), { signal });
  return secret === null ? null : decodeHelmRelease(dataOf(secret), secret.metadata.name);
}

/**
 * A revision left `pending-*` or `uninstalling` by a process that is dead becomes `failed`, as Helm itself would have marked it. Only the
 * lease's owner may do this. The write carries the revision read: a Helm that lives after all makes it fail.
 */
export async function markFailed(
  kubernetes: Kubernetes,
  id: HelmId,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  const secret = await kubernetes.get(secretRef(id, revision), { signal });
  if (secret === null) return;
  const inner = Buffer.from(dataOf(secret), 'base64').toString('latin1');
  const document: unknown = JSON.parse(
    gunzipSync(Buffer.from(inner, 'base64'), { maxOutputLength: 64 * 1024 * 1024 }).toString('utf8'),
  );
  const release = parseValue(document, z.looseObject({ info: z.looseObject({}) }), secret.metadata.name);
  const description = 'Interrupted: the process that ran this ended before it was done';
  const failed = { ...release, info: { ...release.info, status: 'failed', description } };
  const encoded = Buffer.from(gzipSync(JSON.stringify(failed)).toString('base64')).toString('base64');
  const written = await kubernetes.replace(
    {
      ...secret,
      metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, status: 'failed' } },
      data: { release: encoded },
    },
    { signal },
  );
  if (written === null) {
    throw new LandfallError('LF-RUNNER-002', `the Helm record ${secret.metadata.name} was changed since it was read`, {
      temporary: true,
    });
  }
}

export async function deleteRecord(
  kubernetes: Kubernetes,
  id: HelmId,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  await kubernetes.delete(secretRef(id, revision), { signal });
}

function secretRef(
  id: HelmId,
  revision: number,
): { apiVersion: string; kind: string; namespace: string; name: string } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: id.namespace,
    name: `sh.helm.release.v1.${id.releaseName}.v${revision}`,
  };
}

function dataOf(secret: KubeObject): string {
  const parsed = z.looseObject({ data: z.looseObject({ release: z.string() }) }).safeParse(secret);
  if (parsed.success) return parsed.data.data.release;
  throw new LandfallError('LF-RUNNER-013', `the Helm record ${secret.metadata.name} holds no release`);
}
