import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TelemetryRecord } from '../../contract/index.ts';
import { type Spool, type SpoolOptions, openSpool } from './spool.ts';

const clock = { now: () => new Date('2026-01-06T00:00:00.000Z'), sleep: () => Promise.resolve() };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-spool-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (options: Partial<SpoolOptions> = {}): Spool => openSpool({ dir, clock, maxBytes: 1_000_000, ...options });
const log = (spool: Spool, from: number, to: number): void => {
  for (let i = from; i <= to; i++) spool.append({ type: 'log', level: 'info', message: `line ${i}`, fields: {} });
};
const take = (spool: Spool): TelemetryRecord[] => {
  const all: TelemetryRecord[] = [];
  for (let batch = spool.next(); batch.length > 0; batch = spool.next()) {
    all.push(...batch);
    spool.acknowledge(batch.at(-1)?.sequence ?? 0);
  }
  return all;
};
const messages = (records: TelemetryRecord[]): string[] =>
  records.map((record) =>
    record.type === 'log' ? record.message : `${record.type} ${record.type === 'gap' ? record.missing : ''}`,
  );
const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);
const files = (): string[] => readdirSync(dir).filter((name) => name.endsWith('.jsonl'));

describe('the spool', () => {
  it('gives records in order, again and again until they are acknowledged, and then never again', () => {
    const spool = open();
    log(spool, 1, 3);
    expect(messages(spool.next())).toEqual(lines(1, 3));
    expect(messages(spool.next())).toEqual(lines(1, 3));
    spool.acknowledge(2);
    expect(messages(spool.next())).toEqual(['line 3']);
    spool.acknowledge(3);
    expect(spool.next()).toEqual([]);
  });

  it('goes on after a restart, with the same id and growing numbers', () => {
    const before = open({ maxRecords: 4 });
    log(before, 1, 10);
    before.acknowledge(3);
    const after = open({ maxRecords: 4 });
    log(after, 11, 12);
    const records = take(after);
    expect(after.id).toBe(before.id);
    expect(messages(records)).toEqual(lines(4, 12));
    const numbers = records.map(({ sequence }) => sequence);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('never gives a number twice, also when everything was acknowledged before the restart', () => {
    const before = open();
    log(before, 1, 5);
    const last = take(before).at(-1)?.sequence ?? 0;
    const after = open();
    log(after, 6, 6);
    expect(after.next()[0]?.sequence).toBeGreaterThan(last);
  });

  it('never gives a number twice when it could not be written that all were acknowledged', () => {
    const before = open({ maxRecords: 5 });
    log(before, 1, 5);
    const last = before.next().at(-1)?.sequence ?? 0;
    const inTheWay = join(dir, 'meta.json.new');
    mkdirSync(inTheWay); // As a full disk.
    expect(() => before.acknowledge(last)).toThrow(/EISDIR/);
    expect(before.next()).toEqual([]);
    rmdirSync(inTheWay);
    before.close(); // Killed, and again before anything is appended.
    open({ maxRecords: 5 }).close();
    const after = open({ maxRecords: 5 });
    log(after, 6, 6);
    expect(after.id).toBe(before.id);
    expect(after.next()[0]?.sequence).toBeGreaterThan(last);
    expect(files()).toHaveLength(1);
  });

  it('writes nothing once it is closed, when another file may have its descriptor', () => {
    const spool = open();
    spool.close();
    spool.close();
    const other = join(dir, 'other');
    const fd = openSync(other, 'w');
    log(spool, 1, 1);
    closeSync(fd);
    expect(readFileSync(other, 'utf8')).toBe('');
  });

  it('deletes what is acknowledged', () => {
    const spool = open({ maxRecords: 10 });
    log(spool, 1, 100);
    take(spool);
    expect(files()).toHaveLength(1);
  });

  it('drops the oldest when it is full and says exactly how many are missing', () => {
    const spool = open({ maxBytes: 3_000, maxRecords: 5 });
    log(spool, 1, 100);
    const records = take(spool);
    const [gap] = records;
    expect(gap?.type).toBe('gap');
    const missing = gap?.type === 'gap' ? gap.missing : 0;
    expect(messages(records.slice(1))).toEqual(lines(missing + 1, 100));
    expect(missing).toBeGreaterThan(50);
  });

  it('does not drop what is on its way out', () => {
    const spool = open({ maxBytes: 2_000, maxRecords: 5 });
    log(spool, 1, 5);
    const underWay = spool.next();
    log(spool, 6, 60);
    expect(spool.next()).toEqual(underWay);
  });

  it('says how many are missing when a file is damaged in the middle', () => {
    const before = open({ maxRecords: 5 });
    log(before, 1, 15);
    before.close();
    const second = join(dir, files().sort()[1] ?? '');
    const kept = readFileSync(second, 'utf8').split('\n');
    writeFileSync(second, [kept[0], kept[1], 'garbage', kept[3], kept[4], ''].join('\n'));
    expect(messages(take(open({ maxRecords: 5 })))).toEqual([...lines(1, 7), 'gap 3', ...lines(11, 15)]);
  });

  it('says that one is missing when the last line was torn', () => {
    const before = open();
    log(before, 1, 3);
    before.close();
    appendFileSync(join(dir, files()[0] ?? ''), '{"type":"log","seq');
    const after = open();
    log(after, 5, 5);
    expect(messages(take(after))).toEqual([...lines(1, 3), 'gap 1', 'line 5']);
  });

  it('never throws when the disk is full: it says so once, and later how many are missing', () => {
    let room = 200;
    const troubles: string[] = [];
    const spool = open({
      onTrouble: (error) => troubles.push(error.code),
      write: (fd, bytes, offset, length, position) => {
        if (room === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const part = Math.min(length, room);
        room -= part;
        return writeSync(fd, bytes, offset, part, position);
      },
    });
    log(spool, 1, 4);
    room = 10_000;
    log(spool, 5, 6);
    const told = messages(take(spool));
    expect(told).toEqual(['line 1', 'gap 3', 'line 5', 'line 6']);
    expect(troubles).toEqual(['LF-RUNNER-062']);
  });

  it('begins anew with a gap when the disk of an earlier pod is gone', () => {
    const before = open();
    log(before, 1, 3);
    rmSync(dir, { recursive: true });
    const after = open({ previousId: before.id });
    log(after, 4, 4);
    expect(after.id).not.toBe(before.id);
    expect(messages(take(after))).toEqual(['gap 1', 'line 4']);
  });
});
