import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { debounce, type Kept } from './debounce.ts';
import type { Health } from './health.ts';

const rules = { timeoutSeconds: 300, unhealthyAfterSeconds: 30, healthyAfterSeconds: 10 };
const states: Record<string, Health> = {
  up: { state: 'healthy' },
  moving: { state: 'progressing', message: 'm' },
  thin: { state: 'degraded', message: 'd' },
  broken: { state: 'failed', message: 'f' },
};
const seen = (name: string): Health => states[name] ?? { state: 'healthy' };

/** `30 broken`: at that second it is seen so. What is told after each, and when the time alone would change it. */
function story(steps: readonly string[], over: Partial<typeof rules> = {}): string[] {
  let kept: Kept | null = null;
  return steps.map((step) => {
    const [second = '0', name = ''] = step.split(' ');
    kept = debounce(kept, seen(name), Number(second) * 1000, { ...rules, ...over });
    return kept.until === null ? kept.told.state : `${kept.told.state} until ${kept.until / 1000}`;
  });
}

describe('what is told of a component that is kept', () => {
  const table: [string, string[], string[]][] = [
    ['is what is seen first', ['0 broken'], ['failed']],
    [
      'stays healthy for a trouble that is short',
      ['0 up', '5 broken', '20 up'],
      ['healthy', 'healthy until 35', 'healthy'],
    ],
    [
      'is failed once that has held',
      ['0 up', '5 broken', '34 broken', '35 broken'],
      ['healthy', 'healthy until 35', 'healthy until 35', 'failed'],
    ],
    ['is degraded once that has held', ['0 up', '5 thin', '35 thin'], ['healthy', 'healthy until 35', 'degraded']],
    [
      'does not flap',
      ['0 up', '10 broken', '30 up', '40 broken', '60 up', '69 broken'],
      ['healthy', 'healthy until 40', 'healthy', 'healthy until 70', 'healthy', 'healthy until 99'],
    ],
    [
      'counts one trouble after another as one',
      ['0 up', '10 moving', '30 thin', '40 broken'],
      ['healthy', 'healthy until 40', 'healthy until 40', 'failed'],
    ],
    [
      'is healthy again once that has held',
      ['0 broken', '5 up', '14 up', '15 up'],
      ['failed', 'failed until 15', 'failed until 15', 'healthy'],
    ],
    [
      'does not flap the other way either',
      ['0 broken', '5 up', '9 broken', '14 up'],
      ['failed', 'failed until 15', 'failed', 'failed until 24'],
    ],
    ['goes from one trouble to another at once', ['0 thin', '5 broken', '6 thin'], ['degraded', 'failed', 'degraded']],
    [
      'is an error when it has been on its way for as long as a release may take',
      ['0 up', '10 moving', '40 moving', '309 moving', '310 moving'],
      ['healthy', 'healthy until 40', 'progressing until 310', 'progressing until 310', 'failed'],
    ],
    ['stays degraded for as long as it is', ['0 thin', '5000 thin'], ['degraded', 'degraded']],
    [
      'is not older than the clock, which was set back',
      ['100 up', '110 broken', '50 broken', '80 broken'],
      ['healthy', 'healthy until 140', 'healthy until 80', 'failed'],
    ],
  ];
  it.each(table)('%s', (_, steps, expected) => {
    expect(story(steps)).toEqual(expected);
  });

  it('is at once what is seen when nothing has to hold', () => {
    const none = { unhealthyAfterSeconds: 0, healthyAfterSeconds: 0 };
    expect(story(['0 up', '1 broken', '2 up'], none)).toEqual(['healthy', 'failed', 'healthy']);
  });

  it('changes only to what is seen at that moment, and never waits without naming a time', () => {
    const step = fc.record({
      after: fc.integer({ min: 0, max: 400 }),
      name: fc.constantFrom('up', 'moving', 'thin', 'broken'),
    });
    const wrong = (steps: readonly { after: number; name: string }[]): string[] => {
      let [kept, at]: [Kept | null, number] = [null, 0];
      return steps.flatMap(({ after, name }) => {
        at += after * 1000;
        const next = debounce(kept, seen(name), at, rules);
        const changed = kept !== null && next.told.state !== kept.told.state;
        const grown = next.told.state === 'failed' && name === 'moving';
        const otherwise = next.told.state !== seen(name).state && !grown;
        kept = next;
        if (otherwise && changed) return [`told ${next.told.state} while ${name}`];
        return otherwise && (next.until ?? 0) <= at ? [`waits without a time while ${name}`] : [];
      });
    };
    const stories = fc.array(step, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(stories, (steps) => {
        expect(wrong(steps)).toEqual([]);
      }),
    );
  });
});
