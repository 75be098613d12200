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
import { sha256 } from '../../contract/index.ts';
import { openLedger, readLedger } from './ledger.ts';

const clock = { now: () => new Date('2026-01-06T00:00:00.000Z'), sleep: () => Promise.resolve() };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-ledger-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (n: number) => ({
  kind: 'report',
  method: 'PUT',
  host: 'cp.test',
  path: `/v1/${n}`,
  sha256: sha256(String(n)),
  bytes: n,
});
const write = (from: number, to: number, fileBytes = 1_000_000): void => {
  const ledger = openLedger({ dir, clock, fileBytes });
  for (let n = from; n <= to; n++) ledger.append(entry(n));
  ledger.close();
};
const paths = (): string[] => readLedger(dir).map(({ path }) => path);
const files = (): string[] => readdirSync(dir).sort();

describe('the egress ledger', () => {
  it('is one chain over restarts and files', () => {
    write(1, 5, 500);
    write(6, 9, 500);
    expect(paths()).toEqual(Array.from({ length: 9 }, (_, i) => `/v1/${i + 1}`));
    expect(files().length).toBeGreaterThan(1);
  });

  it.each([
    ['changed', (text: string) => text.replace('/v1/2', '/v1/X')],
    [
      'removed',
      (text: string) =>
        text
          .split('\n')
          .filter((_, i) => i !== 1)
          .join('\n'),
    ],
    ['put in', (text: string) => text.replace('\n', `\n${text.split('\n')[0]}\n`)],
    [
      'swapped',
      (text: string) => {
        const [a, b, ...rest] = text.split('\n');
        return [b, a, ...rest].join('\n');
      },
    ],
  ])('is broken when a record is %s', (_name, damage) => {
    write(1, 4);
    const file = join(dir, files()[0] ?? '');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    expect(() => readLedger(dir)).toThrow(/broken/);
  });

  it('goes on in a file that was begun and is empty, and in the newest one when the oldest were moved away', () => {
    write(1, 5, 500);
    const begun = `ledger-${String(files().length + 1).padStart(8, '0')}.jsonl`;
    writeFileSync(join(dir, begun), '');
    write(6, 6, 500);
    expect(paths()).toHaveLength(6);
    rmSync(join(dir, files()[0] ?? ''));
    write(7, 7);
    expect(readFileSync(join(dir, begun), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('holds no half record of a full disk, and goes on when there is room again', () => {
    let room = 300;
    const ledger = openLedger({
      dir,
      clock,
      write: (fd, bytes, offset, length, position) => {
        if (room === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const part = Math.min(length, room);
        room -= part;
        return writeSync(fd, bytes, offset, part, position);
      },
    });
    ledger.append(entry(1));
    expect(() => ledger.append(entry(2))).toThrow(/no space/);
    // Waited for by whoever sends, and by the enrolment: no reason to end.
    const full = expect.objectContaining({ code: 'LF-RUNNER-020', temporary: true });
    expect(() => ledger.append(entry(2))).toThrow(full);
    room = 10_000;
    ledger.append(entry(2));
    ledger.append(entry(3));
    ledger.close();
    expect(paths()).toEqual(['/v1/1', '/v1/2', '/v1/3']);
  });

  it('goes on when the next file could not be opened at first, and writes into no other file meanwhile', () => {
    const ledger = openLedger({ dir, clock, fileBytes: 100 });
    ledger.append(entry(1));
    const next = join(dir, 'ledger-00000002.jsonl');
    mkdirSync(next); // As a full disk or too many open files: it cannot be opened.
    expect(() => ledger.append(entry(2))).toThrow(/EISDIR/);
    // Whatever descriptor is free is taken by somebody else now.
    const other = join(dir, 'other');
    const fd = openSync(other, 'w');
    writeSync(fd, 'not of the ledger');
    expect(() => ledger.append(entry(2))).toThrow(/EISDIR/);
    rmdirSync(next);
    ledger.append(entry(2));
    ledger.append(entry(3));
    ledger.close();
    closeSync(fd);
    expect(paths()).toEqual(['/v1/1', '/v1/2', '/v1/3']);
    expect(readFileSync(other, 'utf8')).toBe('not of the ledger');
  });

  it('writes nothing once it is closed, when another file may have its descriptor', () => {
    const ledger = openLedger({ dir, clock });
    ledger.append(entry(1));
    ledger.close();
    ledger.close();
    const other = join(dir, 'other');
    const fd = openSync(other, 'w');
    expect(() => ledger.append(entry(2))).toThrow(/the ledger is closed/);
    closeSync(fd);
    expect([paths(), readFileSync(other, 'utf8')]).toEqual([['/v1/1'], '']);
  });

  it('cuts off a torn record: it was never sent, because the record comes first', () => {
    write(1, 2);
    appendFileSync(join(dir, files()[0] ?? ''), '{"n":3,"at":"2026');
    write(3, 3);
    expect(paths()).toEqual(['/v1/1', '/v1/2', '/v1/3']);
  });
});
