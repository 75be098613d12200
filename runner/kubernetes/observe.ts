import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { type Clock, describeError } from '../../contract/index.ts';
import { briefSignal } from '../shared-signal.ts';
import { collectionPath, type Discovery } from './discovery.ts';
import type { Transport } from './transport.ts';
import {
  type KubeObject,
  kubeObjectSchema,
  type ListOptions,
  type Observation,
  type ObserveOptions,
  statusOf,
} from './types.ts';

const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

export type ObserveParts = {
  transport: Transport;
  discovery: Discovery;
  clock: Clock;
  /** In [0, 1): runners that lost the same API server do not all come back in the same moment. */
  random: () => number;
  list: (options: ListOptions, signal: AbortSignal) => Promise<{ items: KubeObject[]; resourceVersion: string }>;
  onTrouble: (message: string) => void;
};

const firstPauseMs = 250;
const longestPauseMs = 15_000;
/** Seconds after which the API server ends a watch, and milliseconds after which it is ended here: a connection that died silently tells nothing. */
const watchSeconds = 290;
const watchDeadlineMs = (watchSeconds + 30) * 1000;

/**
 * List, then watch from there. A watch that ends or breaks is taken up where it was (bookmarks move that place on while nothing happens); when
 * that is too long ago for the API server (410 Gone), again from the list. Kubernetes API concepts, "Efficient detection of changes".
 */
export async function* observe(
  parts: ObserveParts,
  options: ObserveOptions,
  signal: AbortSignal,
): AsyncGenerator<Observation> {
  const place = { resourceVersion: '' };
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      if (place.resourceVersion === '') {
        const { items, resourceVersion } = await parts.list(options, signal);
        place.resourceVersion = resourceVersion;
        yield { type: 'listed', objects: items, resourceVersion };
      }
      for await (const seen of watchFrom(parts, options, place, signal)) {
        pauseMs = firstPauseMs;
        if (seen !== 'alive') yield seen;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (statusOf(error) === 410) place.resourceVersion = '';
      options.onBroken?.(error);
      parts.onTrouble(`watching ${options.kind}: ${describeError(error)}`);
      // Taken up again it says nothing when nothing has happened: who was told that it broke waits for a list.
      if (options.onBroken !== undefined) place.resourceVersion = '';
    }
    await parts.clock.sleep(pauseMs * (0.5 + parts.random() / 2), signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Moves `place` on. Ends when the API server ends the watch; a place that is too old is forgotten. */
async function* watchFrom(
  parts: ObserveParts,
  options: ObserveOptions,
  place: { resourceVersion: string },
  signal: AbortSignal,
): AsyncGenerator<Observation | 'alive'> {
  const base = await collectionPath(parts.discovery, options, options.namespace);
  const query = new URLSearchParams({
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(watchSeconds),
    resourceVersion: place.resourceVersion,
  });
  if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
  if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
  const ends = briefSignal(signal, AbortSignal.timeout(watchDeadlineMs));
  try {
    const accept = acceptFor(options, 'PartialObjectMetadata');
    yield* eventsOf(await parts.transport.open(`${base}?${query.toString()}`, accept, ends.signal), options, place);
  } finally {
    ends.release();
  }
}

async function* eventsOf(
  body: Readable,
  options: ObserveOptions,
  place: { resourceVersion: string },
): AsyncGenerator<Observation | 'alive'> {
  const lines = createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY });
  // Whoever leaves the loop no longer listens: what then breaks would be an uncaught exception, and the end of the runner.
  body.on('error', () => undefined);
  lines.on('error', () => undefined);
  try {
    for await (const line of lines) {
      const event = eventSchema.safeParse(parseLine(line));
      if (!event.success || event.data.type === 'ERROR') {
        place.resourceVersion = '';
        return;
      }
      if (event.data.type === 'BOOKMARK') {
        place.resourceVersion = bookmarkSchema.parse(event.data.object).metadata.resourceVersion;
        yield 'alive';
        continue;
      }
      const object = withType(kubeObjectSchema.parse(event.data.object), options);
      place.resourceVersion = object.metadata.resourceVersion ?? place.resourceVersion;
      const { type } = event.data;
      if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED')
        yield { type: 'changed', event: { type, object } };
    }
  } finally {
    lines.close();
    body.destroy();
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
