import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { identify } from '../../engines/index.ts';
import { forgetEngine, rememberEngine, settleEarlierEngine } from './engine-marker.ts';
import { lockOf } from './explain-lock.ts';

const nobody = { pid: 4_000_000, startTime: '1' };

describe('a folder in which an engine ran', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-marker-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const settle = (): ReturnType<typeof settleEarlierEngine> => settleEarlierEngine(dir, systemClock, () => undefined);

  it('says since when a lock may be of an engine that was killed', async () => {
    const since = new Date('2026-01-01T00:00:00Z');
    await rememberEngine(dir, nobody, since, false);
    expect(await settle()).toEqual({ startedAt: since });
  });

  it('knows of no lock when every engine came to its end', async () => {
    await rememberEngine(dir, nobody, new Date(), false);
    await forgetEngine(dir);
    expect(await settle()).toBeUndefined();
  });

  it('is refused to a second install while the first one lives, and its engine is left alone', async () => {
    const owner = await identify(process.ppid);
    const marker = { ...owner, owner, at: '2026-01-01T00:00:00.000Z', outlives: false };
    await writeFile(join(dir, 'landfall.engine.json'), JSON.stringify(marker));
    await expect(settle()).rejects.toMatchObject({
      code: 'LF-INSTALL-030',
      temporary: true,
      message: expect.stringContaining(`process ${process.ppid} of this machine, since 2026-01-01`),
    });
    expect((await identify(process.ppid)).startTime).toBe(owner.startTime);
  });
});

describe('a state lock', () => {
  const key = 'base/terraform.tfstate.tflock';

  it('is explained: who, since when, for what', () => {
    const text = JSON.stringify({
      ID: 'x',
      Operation: 'OperationTypeApply',
      Who: 'ann@laptop',
      Version: '1.10.6',
      Created: 'then',
    });
    expect(lockOf(key, text)).toEqual({
      stack: 'base',
      id: 'x',
      who: 'ann@laptop',
      since: 'then',
      operation: 'an apply (version 1.10.6)',
    });
  });

  it('is a lock all the same when only half of it was written', () => {
    expect(lockOf(key, '{"ID":"x","Who')).toMatchObject({ stack: 'base', id: 'unknown', who: 'unknown' });
  });

  it('is none when it was given back in the meantime', () => {
    expect(lockOf(key, undefined)).toBeUndefined();
  });
});
