import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDiskFull, requireRoom } from './disk-space.ts';
import { keptFile, sweepFiles } from './kept-files.ts';

let dir: string;
let fetched: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kept-'));
  fetched = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const bounds = { bytes: 100, files: 2 };
const keep = (name: string, bytes = 40, anew = false): Promise<string> =>
  keptFile(
    {
      dir,
      name,
      bytes,
      anew,
      bring: async (file) => {
        fetched.push(name);
        await writeFile(file, 'x'.repeat(bytes));
      },
    },
    bounds,
  );
/** As if it had been needed so many minutes ago. */
const needed = (name: string, minutesAgo: number): Promise<void> => {
  const at = new Date(Date.now() - minutesAgo * 60_000);
  return utimes(join(dir, name), at, at);
};
const there = async (): Promise<string[]> => (await readdir(dir)).sort();

describe('a file that is kept by its digest', () => {
  it('is fetched once, or anew when that is asked for', async () => {
    await keep('a');
    await keep('a');
    expect(fetched).toEqual(['a']);
    expect(await readFile(await keep('a', 40, true), 'utf8')).toHaveLength(40);
    expect(fetched).toEqual(['a', 'a']);
  });

  it('is fetched again when a power loss has emptied it', async () => {
    const path = await keep('a');
    await writeFile(path, '');
    expect(await readFile(await keep('a'), 'utf8')).toHaveLength(40);
    expect(fetched).toEqual(['a', 'a']);
    expect(await there()).toEqual(['a']);
  });

  it('goes when it was not needed for longest and there is no room for all; being needed counts, not being fetched', async () => {
    for (const name of ['a', 'b', 'c']) await keep(name, 30);
    for (const [index, name] of ['a', 'b', 'c'].entries()) await needed(name, 30 - index);
    await keep('a'); // It is there.
    await keep('d');
    expect(await there()).toEqual(['a', 'c', 'd']);
  });

  it('stays while it may be in use, whatever it takes', async () => {
    await keep('a', 500);
    await needed('a', 5);
    await keep('b', 500);
    expect(await there()).toEqual(['a', 'b']);
  });

  it('stays as long as there is room for it', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await keep(name, 20);
    expect(await there()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that cannot be fetched leaves nothing behind, and what killed runners have begun goes', async () => {
    const broken = keptFile({
      dir,
      name: 'a',
      bytes: 1,
      bring: async (file) => {
        await writeFile(file, 'half');
        throw new Error('the registry is away');
      },
    });
    await expect(broken).rejects.toThrow('away');
    expect(await there()).toEqual([]);
    await keep('b');
    await writeFile(join(dir, 'c.1.partial'), 'half');
    await sweepFiles(dir, 'unfinished');
    expect(await there()).toEqual(['b']);
    await sweepFiles(dir, 'all');
    expect(await there()).toEqual([]);
  });

  it('is not fetched at all where it would not fit', async () => {
    await expect(keep('a', Number.MAX_SAFE_INTEGER / 2)).rejects.toMatchObject({
      code: 'LF-RUNNER-020',
      temporary: true,
    });
    expect(fetched).toEqual([]);
  });
});

describe('room on the disk', () => {
  const mebi = 1024 ** 2;
  it('is what is asked for, and something to spare for what must be written whatever happens', async () => {
    await requireRoom('/x', 10 * mebi, 'a chart', async () => 80 * mebi);
    const refused = requireRoom('/x', 20 * mebi, 'a chart', async () => 80 * mebi);
    await expect(refused).rejects.toThrow('a chart needs 20 MiB in /x, where 80 MiB are left');
  });

  it('is known to be missing however deep the error of it is wrapped', () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    expect([full, new Error('x', { cause: new Error('y', { cause: full }) })].map(isDiskFull)).toEqual([true, true]);
    expect([new Error('x'), Object.assign(new Error(), { code: 'EACCES' }), null].map(isDiskFull)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
