import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type WriteBytes, appendLine } from './append-line.ts';
import { type TelemetryRecord, telemetryRecordSchema } from '../../contract/index.ts';

/** One file of the spool that is not written to any more. */
export type Segment = {
  readonly path: string;
  readonly first: number;
  /** The last number to be acknowledged before the file may go. */
  readonly last: number;
  /** The number kept free for a gap record. */
  readonly reserved: number;
  readonly bytes: number;
  /** How many records it says are missing, when it is nothing but a gap. */
  readonly gap: number | null;
};

export type ActiveSegment = {
  append(record: TelemetryRecord): void;
  bytes(): number;
  count(): number;
  /** What can be read of it now. */
  view(nextSequence: number): Segment;
  finish(reserved: number): Segment;
  close(): void;
};

const nameOf = (first: number): string => `${String(first).padStart(16, '0')}.jsonl`;

export function openSegment(dir: string, first: number, write?: WriteBytes): ActiveSegment {
  const path = join(dir, nameOf(first));
  const fd = openSync(path, 'w', 0o600);
  let bytes = 0;
  let count = 0;
  const view = (reserved: number): Segment => ({ path, first, last: reserved - 1, reserved, bytes, gap: null });
  return {
    append: (record) => {
      // One synchronous write per record: a killed process has either written it or not.
      bytes += appendLine(fd, bytes, JSON.stringify(record), write);
      count++;
    },
    bytes: () => bytes,
    count: () => count,
    view,
    finish: (reserved) => {
      closeSync(fd);
      return view(reserved);
    },
    close: () => closeSync(fd),
  };
}

/**
 * The records of a segment in order. From the first line on that cannot be read or is out of order, the rest is lost: with a time given,
 * a gap record with the reserved number says so.
 */
export function readSegment(segment: Segment, now: Date | null): TelemetryRecord[] {
  const records: TelemetryRecord[] = [];
  let expected = segment.first;
  let broken = false;
  for (const line of readFileSync(segment.path, 'utf8').split('\n')) {
    if (line === '') continue;
    const record = parseRecord(line);
    if (record === null || record.sequence < expected) {
      broken = true;
      break;
    }
    records.push(record);
    expected = record.sequence + 1;
  }
  const missing = segment.reserved - expected;
  if (now !== null && missing >= 1 && (broken || segment.last === segment.reserved)) {
    const reason = 'records in the spool could not be read';
    records.push({ type: 'gap', sequence: segment.reserved, at: now.toISOString(), missing, reason });
  }
  return records;
}

/** Replaces a segment (and the gap right before it) by a file that only says how much is missing. */
export function gapSegment(
  dir: string,
  victim: Segment,
  acknowledged: number,
  before: Segment | null,
  now: Date,
): Segment {
  const missing = (before?.gap ?? 0) + Math.max(1, victim.reserved - Math.max(victim.first, acknowledged + 1));
  const reason = 'the spool was full; the oldest records were dropped';
  const first = before?.first ?? victim.first;
  const path = join(dir, nameOf(first));
  const line = `${JSON.stringify({ type: 'gap', sequence: victim.reserved, at: now.toISOString(), missing, reason })}\n`;
  writeFileSync(`${path}.new`, line, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  if (before !== null) rmSync(victim.path, { force: true });
  return {
    path,
    first,
    last: victim.reserved,
    reserved: victim.reserved,
    bytes: Buffer.byteLength(line),
    gap: missing,
  };
}

function parseRecord(line: string): TelemetryRecord | null {
  try {
    return telemetryRecordSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
