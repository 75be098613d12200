import { describe, expect, it } from 'vitest';
import { afterFailure, decideTry } from './remedy.ts';

const pair = { fingerprint: 'f', release: 'r' };
const now = new Date('2026-01-05T10:00:00.000Z');
const after = (ms: number): Date => new Date(now.getTime() + ms);
const failed = afterFailure([], pair, { reason: 'x', retries: 3, worthwhile: true, now, backoff: () => 20_000 });

describe('a try after a failure', () => {
  it('comes after the pause', () => {
    expect(decideTry(failed, pair, 3, after(5_000))).toMatchObject({ kind: 'wait', until: after(20_000) });
    expect(decideTry(failed, pair, 3, after(20_000))).toEqual({ kind: 'go' });
  });

  it('is not put off by hours because somebody set the clock back meanwhile', () => {
    expect(decideTry(failed, pair, 3, after(-5 * 3_600_000))).toEqual({ kind: 'go' });
  });

  it('of a runner that did not say when it failed waits as long as it said', () => {
    const old = failed.map((each) => ({ ...each, at: undefined }));
    expect(decideTry(old, pair, 3, after(-1000))).toMatchObject({ kind: 'wait' });
  });
});
