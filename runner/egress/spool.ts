import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { type Clock, LandfallError, type TelemetryRecord, describeError } from '../../contract/index.ts';
import type { WriteBytes } from './append-line.ts';
import { type Segment, gapSegment, openSegment, readSegment } from './spool-segment.ts';

type WithoutHead<T> = T extends unknown ? Omit<T, 'sequence' | 'at'> : never;
/** A record before it gets its place. */
export type NewRecord = WithoutHead<TelemetryRecord>;

/**
 * Telemetry on its way out, on disk. Numbers only grow; what is acknowledged is deleted; what does not fit is dropped, oldest first, and said to be missing
 * by a gap record in its place. Every closed segment keeps its last number free for that.
 */
export type Spool = {
  readonly id: string;
  /** Never throws: telemetry does not hold up the work. What cannot be written is counted, and a gap record tells it later. */
  append(record: NewRecord): void;
  /** The oldest records not yet acknowledged; the same again until they are. */
  next(): TelemetryRecord[];
  acknowledge(sequence: number): void;
  /** Called after every append. */
  onAppend(listener: () => void): void;
  close(): void;
};

export type SpoolOptions = {
  dir: string;
  clock: Clock;
  /** Of all segments together. */
  maxBytes: number;
  segmentBytes?: number;
  maxRecords?: number;
  /** The spool this install had before: when another one is found here, its records are lost, and a gap record says so. */
  previousId?: string;
  /** Told once each time the disk begins to refuse. */
  onTrouble?: (error: LandfallError) => void;
  write?: WriteBytes;
};

const metaSchema = z.object({ spool: z.uuid(), acknowledged: z.number().int().min(0) });

export function openSpool(options: SpoolOptions): Spool {
  const { dir, clock, maxBytes } = options;
  const segmentBytes = options.segmentBytes ?? 256 * 1024;
  const maxRecords = options.maxRecords ?? 500;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const metaPath = join(dir, 'meta.json');
  const found = readMeta(metaPath);
  if (found === null) for (const name of segmentNames(dir)) rmSync(join(dir, name));
  const id = found?.spool ?? randomUUID();
  let acknowledged = found?.acknowledged ?? 0;
  let inFlight = 0;
  const listeners: (() => void)[] = [];

  const writeMeta = (): void => {
    writeFileSync(`${metaPath}.new`, JSON.stringify({ spool: id, acknowledged }), { mode: 0o600 });
    renameSync(`${metaPath}.new`, metaPath);
  };
  if (found === null) writeMeta();

  const { closed, empty } = loadSegments(dir);
  // An empty file counts by its name, too: what came before it may be gone, although it could not be written that it was acknowledged.
  let nextSequence = Math.max(acknowledged + 1, (closed.at(-1)?.reserved ?? 0) + 1, empty.at(-1)?.first ?? 1);
  let active = openSegment(dir, nextSequence, options.write);
  for (const { path, first } of empty) if (first !== nextSequence) rmSync(path);
  let unwritten = 0;
  let troubled = false;
  const forgetAcknowledged = (): void => {
    while (closed[0] !== undefined && closed[0].last <= acknowledged) {
      const done = closed.shift();
      if (done !== undefined) rmSync(done.path, { force: true });
    }
  };
  const roll = (): void => {
    const next = openSegment(dir, nextSequence + 1, options.write);
    closed.push(active.finish(nextSequence));
    nextSequence++;
    active = next;
  };
  const dropOldest = (): void => {
    let total = closed.reduce((sum, segment) => sum + segment.bytes, active.bytes());
    while (total > maxBytes) {
      const index = closed.findIndex((segment) => segment.first > inFlight && segment.gap === null);
      const victim = closed[index];
      if (victim === undefined) return;
      const before = closed[index - 1];
      const merged = before !== undefined && before.gap !== null && before.first > inFlight ? before : null;
      const gap = gapSegment(dir, victim, acknowledged, merged, clock.now());
      closed.splice(merged === null ? index : index - 1, merged === null ? 1 : 2, gap);
      total = closed.reduce((sum, segment) => sum + segment.bytes, active.bytes());
    }
  };
  const add = (record: NewRecord): void => {
    active.append({ ...record, sequence: nextSequence, at: clock.now().toISOString() });
    nextSequence++;
  };
  const trying = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (cause) {
      const message = `the telemetry spool cannot be written: ${describeError(cause)}`;
      if (!troubled) options.onTrouble?.(new LandfallError('LF-RUNNER-062', message, { cause, temporary: true }));
      troubled = true;
      return false;
    }
  };
  let isClosed = false;
  const spool: Spool = {
    id,
    append: (record) => {
      // The process ends, and the descriptor may be that of another file by now.
      if (isClosed) return;
      const written = trying(() => {
        if (unwritten > 0) add({ type: 'gap', missing: unwritten, reason: 'the disk of the spool was full' });
        unwritten = 0;
        add(record);
      });
      if (!written) unwritten++;
      const tidied = trying(() => {
        if (active.bytes() >= segmentBytes || active.count() >= maxRecords) roll();
        dropOldest();
      });
      if (written && tidied) troubled = false;
      if (written) for (const listener of listeners) listener();
    },
    next: () => {
      forgetAcknowledged();
      const segment = closed[0] ?? (active.count() > 0 ? active.view(nextSequence) : null);
      if (segment === null) return [];
      const records = readSegment(segment, clock.now()).filter((record) => record.sequence > acknowledged);
      inFlight = records.at(-1)?.sequence ?? inFlight;
      if (records.length > 0 || closed.length === 0) return records.slice(0, maxRecords);
      // Nothing readable is left in it: let it go, and look at the one after it.
      acknowledged = Math.max(acknowledged, segment.last);
      return spool.next();
    },
    acknowledge: (sequence) => {
      const highest = Math.min(sequence, nextSequence - 1);
      if (highest <= acknowledged) return;
      acknowledged = highest;
      writeMeta();
      forgetAcknowledged();
    },
    onAppend: (listener) => void listeners.push(listener),
    close: () => {
      if (!isClosed) active.close();
      isClosed = true;
    },
  };
  if (options.previousId !== undefined && options.previousId !== id) {
    const reason = 'the disk with the spool of an earlier pod is gone; how many records were on it is not known';
    spool.append({ type: 'gap', missing: 1, reason });
  }
  return spool;
}

function readMeta(path: string): z.infer<typeof metaSchema> | null {
  try {
    return metaSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // None yet, or unreadable: then numbers cannot be trusted any more, and a new spool is begun.
    return null;
  }
}

function segmentNames(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => /^\d{16}\.jsonl$/.test(name))
    .sort();
}

function loadSegments(dir: string): { closed: Segment[]; empty: { path: string; first: number }[] } {
  const names = segmentNames(dir);
  const firsts = names.map((name) => Number(name.slice(0, 16)));
  const closed: Segment[] = [];
  const empty: { path: string; first: number }[] = [];
  for (const [i, name] of names.entries()) {
    const first = firsts[i] ?? 1;
    const path = join(dir, name);
    const text = readFileSync(path, 'utf8');
    if (text === '') {
      empty.push({ path, first });
      continue;
    }
    const lines = text.split('\n').filter((line) => line !== '');
    const whole = readSegment({ path, first, last: 0, reserved: Number.MAX_SAFE_INTEGER, bytes: 0, gap: null }, null);
    const lastGood = whole.at(-1)?.sequence ?? first - 1;
    const following = firsts[i + 1];
    const reserved = following === undefined ? lastGood + (lines.length - whole.length) + 1 : following - 1;
    const only = whole.length === 1 ? whole[0] : undefined;
    const gap = only !== undefined && only.type === 'gap' && only.sequence === reserved ? only.missing : null;
    const last = gap === null && reserved - 1 === lastGood ? lastGood : reserved;
    closed.push({ path, first, last, reserved, bytes: Buffer.byteLength(text), gap });
  }
  return { closed, empty };
}
