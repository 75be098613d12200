import { describe, expect, it } from 'vitest';
import { digestOfSeal, type Envelope } from '../../contract/index.ts';
import { testReport, testSeal } from './documents.ts';
import type { Fresh } from './runner-suite.ts';
import { furnish, type TestPlane } from './test-plane.ts';
import type { TestRunner } from './test-runner.ts';

const boots = ['6f1f7b1e-4f0f-4a51-9f4c-2f6f3d6e9a10', 'b5c0b1f6-2f4b-4b9e-8a55-0d5b5f3a7c01'] as const;
const of = (bootId: string, leaseEpoch: number) => ({ version: '0.1.0', features: [], bootId, leaseEpoch });

/** Which of two that a runner sent is the newer, on whatever database the caller opened. */
export function describeTurns(fresh: Fresh): void {
  const furnished: Fresh = async (changes) => {
    const test = await fresh(changes);
    await furnish(test);
    return test;
  };
  const report = (test: TestPlane, who: TestRunner, changes: object) =>
    test.runner(who, 'PUT', who.paths.report, testReport('acme', changes));
  const shown = async (test: TestPlane): Promise<string> =>
    (await test.vendor('GET', '/v1/installs/acme/report')).body.report.state;

  describe('the newest report', () => {
    it('is that of a runner with another key, whose lease and numbers began anew; the one before is shown until then', async () => {
      const test = await furnished();
      const old = await test.enrolled('acme');
      await report(test, old, { sequence: 900, runner: of(boots[0], 7) });
      const next = await test.enrolled('acme');
      expect(await shown(test)).toBe('Running');
      await report(test, next, { state: 'Error', sequence: 2, runner: of(boots[1], 1) });
      expect(await shown(test)).toBe('Error');
      // Among its own, order counts again.
      await report(test, next, { sequence: 1, runner: of(boots[1], 1) });
      expect(await shown(test)).toBe('Error');
    });

    it('is the later one of a runner whose clock was set back', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      await report(test, acme, { sequence: 1000, at: '2026-06-01T00:00:00.000Z', runner: of(boots[0], 1) });
      await report(test, acme, { state: 'Error', sequence: 1001, runner: of(boots[1], 1) });
      expect(await shown(test)).toBe('Error');
    });

    it('is none of a runner that was replaced while its report was on its way', async () => {
      const now: { replace?: () => Promise<unknown> } = {};
      const firstUse = async (): Promise<void> => {
        const { replace } = now;
        delete now.replace;
        await replace?.();
      };
      const test = await furnished({ guards: { firstUse } });
      const old = await test.enrolled('acme');
      now.replace = async () => report(test, await test.enrolled('acme'), { state: 'Error' });
      const late = await report(test, old, { sequence: 900, runner: of(boots[0], 7) });
      expect([late.status, late.body.code]).toEqual([401, 'LF-CONTROL-PLANE-004']);
      expect(await shown(test)).toBe('Error');
    });
  });

  describe('the newest seal', () => {
    const seal = async (
      test: TestPlane,
      who: TestRunner,
      change: Parameters<typeof testSeal>[1],
    ): Promise<Envelope> => {
      const envelope = await who.sealed(testSeal('acme', change));
      expect((await test.runner(who, 'PUT', who.paths.seal, envelope)).status).toBe(204);
      return envelope;
    };
    const kept = async (test: TestPlane): Promise<[string, string | null]> => {
      const { report, doubt } = (await test.vendor('GET', '/v1/installs/acme/seal')).body.seal;
      return [report.verdict, doubt];
    };
    const yesterday = '2026-01-30T12:00:00.000Z';
    const ahead = '2026-03-31T00:00:00.000Z';

    it('is that of a runner with another key, whatever its time', async () => {
      const test = await furnished();
      await seal(test, await test.enrolled('acme'), {});
      const next = await test.enrolled('acme');
      await seal(test, next, { at: yesterday, verdict: 'open' });
      expect(await kept(test)).toEqual(['open', null]);
    });

    it('is not believed when it is dated ahead, and keeps none after it out', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const wrong = await seal(test, acme, { at: ahead });
      expect(await kept(test)).toEqual(['sealed', expect.stringContaining("the runner's clock ran ahead")]);
      // Sent again after that date it is not believed either.
      test.clock.advance(100 * 24 * 3_600_000);
      expect((await test.runner(acme, 'PUT', acme.paths.seal, wrong)).status).toBe(204);
      expect((await kept(test))[1]).toContain('ran ahead');
      await seal(test, acme, { verdict: 'open' });
      expect(await kept(test)).toEqual(['open', null]);
    });

    it('is the one that names the kept one, also when the clock was set back in between; the one that the kept one follows is not', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const first = await seal(test, acme, { at: '2026-01-31T12:00:50.000Z' });
      await seal(test, acme, { verdict: 'open', previous: digestOfSeal(first) });
      expect(await kept(test)).toEqual(['open', null]);
      expect((await test.runner(acme, 'PUT', acme.paths.seal, first)).status).toBe(204);
      await seal(test, acme, { at: yesterday });
      expect(await kept(test)).toEqual(['open', null]);
    });
  });
}
