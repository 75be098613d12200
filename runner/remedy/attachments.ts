import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { ExactObject } from './trouble.ts';

const eventSchema = z.looseObject({ reason: z.string().default(''), message: z.string().default('') });
const claimSchema = z.looseObject({ spec: z.looseObject({ volumeName: z.string().optional() }).prefault({}) });
const attachmentSchema = z.looseObject({
  spec: z.looseObject({
    nodeName: z.string(),
    source: z.looseObject({ persistentVolumeName: z.string().optional() }).prefault({}),
  }),
});

/** `attachment`: one to a node that is gone, so that nobody there can detach it any more. */
export type AttachmentTrouble = { why: string; attachment: ExactObject | null };

/** Why the volumes of a pod cannot be attached, as the cluster itself says it; null: it does not. Nothing is read while no pod is stuck. */
export async function attachmentTrouble(
  kubernetes: Kubernetes,
  pod: { namespace: string; name: string },
  claims: readonly string[],
  signal: AbortSignal,
): Promise<AttachmentTrouble | null> {
  if (claims.length === 0) return null;
  const { namespace, name } = pod;
  const events = await readable(
    kubernetes.list({
      apiVersion: 'v1',
      kind: 'Event',
      namespace,
      fieldSelector: `involvedObject.name=${name}`,
      signal,
    }),
  );
  const told = events
    .filter((event) => isAbout(event, name))
    .map((event) => eventSchema.parse(event))
    .find(({ reason, message }) => reason === 'FailedAttachVolume' && message.includes('Multi-Attach'));
  const multiple =
    told === undefined ? null : { why: 'its volume is still attached to another node', attachment: null };
  const volumes = new Set<string>();
  for (const claim of claims) {
    const found = await kubernetes.get(
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claim },
      { signal },
    );
    const volume = found === null ? undefined : claimSchema.parse(found).spec.volumeName;
    if (volume !== undefined) volumes.add(volume);
  }
  if (volumes.size === 0) return multiple;
  const list = { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', signal };
  const attached = (await readable(kubernetes.list(list)))
    .map((object) => ({ object, ...attachmentSchema.parse(object).spec }))
    .filter(({ source }) => volumes.has(source.persistentVolumeName ?? ''));
  for (const { nodeName, object } of attached) {
    const node = await kubernetes.get(
      { apiVersion: 'v1', kind: 'Node', name: nodeName },
      { metadataOnly: true, signal },
    );
    if (node !== null) continue;
    const { apiVersion, kind, metadata } = object;
    const attachment = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
    return { why: `its volume is attached to the node ${nodeName}, which is gone`, attachment };
  }
  return multiple;
}

function isAbout(event: KubeObject, pod: string): boolean {
  return z.looseObject({ involvedObject: z.looseObject({ name: z.literal(pod) }) }).safeParse(event).success;
}

/** What the runner may not read is no evidence. */
async function readable(list: Promise<{ items: KubeObject[] }>): Promise<KubeObject[]> {
  try {
    return (await list).items;
  } catch (error) {
    if (error instanceof LandfallError && error.details['status'] === 403) return [];
    throw error;
  }
}
