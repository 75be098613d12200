import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Clock, describeError } from '../../contract/index.ts';
import { collectionPath, type Discovery } from './discovery.ts';
import type { Transport } from './transport.ts';
import { type KubeObject, kubeObjectSchema, type ListOptions, type Observation } from './types.ts';

const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

export type ObserveParts = {
  transport: Transport;
  discovery: Discovery;
  clock: Clock;
  list: (options: ListOptions, signal: AbortSignal) => Promise<{ items: KubeObject[]; resourceVersion: string }>;
  onTrouble: (message: string) => void;
};

const longestPauseMs = 15_000;

/** List, then watch from there; again from the list when the watch is too old (410) or breaks. Kubernetes API concepts, "Efficient detection of changes". */
export async function* observe(
  parts: ObserveParts,
  options: ListOptions,
  signal: AbortSignal,
): AsyncGenerator<Observation> {
  let pauseMs = 250;
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await parts.list(options, signal);
      yield { type: 'listed', objects: items };
      pauseMs = 250;
      yield* watchFrom(parts, options, resourceVersion, signal);
    } catch (error) {
      if (signal.aborted) return;
      parts.onTrouble(`watching ${options.kind}: ${describeError(error)}`);
    }
    await parts.clock.sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

async function* watchFrom(
  parts: ObserveParts,
  options: ListOptions,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<Observation> {
  const base = await collectionPath(parts.discovery, options, options.namespace);
  let resourceVersion = from;
  for (;;) {
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '290',
      resourceVersion,
    });
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
    if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
    const body = await parts.transport.open(
      `${base}?${query.toString()}`,
      acceptFor(options, 'PartialObjectMetadata'),
      signal,
    );
    for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
      const event = eventSchema.safeParse(parseLine(line));
      if (!event.success || event.data.type === 'ERROR') return; // 410 Gone and the like: list again.
      if (event.data.type === 'BOOKMARK') {
        resourceVersion = bookmarkSchema.parse(event.data.object).metadata.resourceVersion;
        continue;
      }
      const object = withType(kubeObjectSchema.parse(event.data.object), options);
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      const { type } = event.data;
      if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED')
        yield { type: 'changed', event: { type, object } };
    }
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

export function acceptFor(options: { metadataOnly?: boolean | undefined }, as: string): string {
  return options.metadataOnly === true
    ? `application/json;as=${as};g=meta.k8s.io;v=v1,application/json`
    : 'application/json';
}

/** Items of a list come without apiVersion and kind, metadata-only ones with PartialObjectMetadata's. */
export function withType(object: KubeObject, type: { apiVersion: string; kind: string }): KubeObject {
  return { ...object, apiVersion: type.apiVersion, kind: type.kind };
}
