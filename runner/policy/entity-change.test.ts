import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type RunnerPolicy, runnerPolicySchema } from '../../contract/index.ts';
import type { ComponentAsked } from './change.ts';
import { type EntityAsked, judgeEntity } from './entity-change.ts';

const start = new Date('2026-01-05T10:00:00Z'); // a Monday
const web: ComponentAsked = { name: 'web', kind: 'manifests', namespaces: ['shop'] };
const setup: ComponentAsked = { name: 'setup', kind: 'job', namespaces: ['shop-jobs'] };
const chart: ComponentAsked = { name: 'chart', kind: 'helm', namespaces: ['other'] };
const verbs = ['install', 'upgrade', 'uninstall'] as const;

const days = fc.subarray(['Mon', 'Tue', 'Sun'] as const, { minLength: 1 });
const windows = fc.array(
  fc.record(
    {
      days,
      start: fc.constantFrom('00:00', '09:00', '11:00'),
      end: fc.constantFrom('00:00', '10:00', '12:00'),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Mars/Olympus'),
      kinds: fc.subarray(['helm', 'entity'], { minLength: 1 }),
      components: fc.subarray(['streams', 'other'], { minLength: 1 }),
    },
    { requiredKeys: ['days', 'start', 'end', 'timeZone'] },
  ),
  { maxLength: 2 },
);
const freezes = fc.array(
  fc
    .record({
      from: fc.constantFrom('2026-01-01', '2026-01-05', '2026-01-07'),
      to: fc.constantFrom('2026-01-05', '2026-01-09', '2026-02-09'),
      timeZone: fc.constantFrom('UTC', 'Pacific/Auckland'),
    })
    .filter(({ from, to }) => from <= to),
  { maxLength: 2 },
);
const limits: fc.Arbitrary<JsonObject> = fc.record(
  {
    windows,
    freezes,
    allowedKinds: fc.subarray(['helm', 'manifests', 'job']),
    allowedNamespaces: fc.subarray(['shop', 'shop-*', '*']),
    allowedVerbs: fc.subarray([...verbs, 'rollback'] as const),
  },
  { requiredKeys: [] },
);
const change: fc.Arbitrary<EntityAsked> = fc.record({
  verb: fc.constantFrom(...verbs),
  type: fc.constantFrom('streams', 'Streams', 'connectors'),
  components: fc.subarray([web, setup, chart]),
  asked: fc.boolean(),
});
const policyOf = (given: JsonObject): RunnerPolicy => runnerPolicySchema.parse(given);
const judge = (given: JsonObject, asked: EntityAsked, now = start) => judgeEntity(policyOf(given), asked, now);

describe("the customer's policy on any change of an entity", () => {
  it('has a word on everything, the same for the same, and changes nothing that it is given', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(limits, change, (given, asked) => {
        const policy = policyOf(given);
        const before = JSON.stringify([policy, asked]);
        const verdict = judgeEntity(policy, asked, start);
        kinds.add(verdict.kind);
        expect(judgeEntity(policy, asked, start)).toEqual(verdict);
        expect(JSON.stringify([policy, asked])).toBe(before);
        if (verdict.kind !== 'go') expect(verdict.message).not.toBe('');
      }),
      { numRuns: 1000 },
    );
    expect([...kinds].sort()).toEqual(['go', 'refuse', 'wait']);
  });

  it('never lets a verb go that it does not allow, nor what is to come into a place or of a kind that it does not allow', () => {
    fc.assert(
      fc.property(limits, change, (given, asked) => {
        const policy = policyOf(given);
        if (judgeEntity(policy, asked, start).kind === 'refuse') return;
        expect(policy.allowedVerbs?.includes(asked.verb)).not.toBe(false);
        if (asked.verb === 'uninstall') return;
        const fits = (namespace: string): boolean =>
          (policy.allowedNamespaces ?? ['*']).some(
            (each) => each === '*' || each === namespace || (each === 'shop-*' && namespace.startsWith('shop-')),
          );
        for (const { kind, namespaces } of asked.components) {
          expect(policy.allowedKinds?.includes(kind)).not.toBe(false);
          expect(namespaces.every(fits)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('never makes what follows a release wait: that had its own moment', () => {
    fc.assert(
      fc.property(limits, change, (given, asked) => {
        expect(judge(given, { ...asked, asked: false }).kind).not.toBe('wait');
      }),
    );
  });

  it('only narrows: with one more limit, nothing goes that did not go before', () => {
    let narrowed = 0;
    fc.assert(
      fc.property(limits, limits, change, (before, more, asked) => {
        const added = Object.fromEntries(Object.entries(more).filter(([name]) => !(name in before)));
        const [without, withIt] = [before, { ...before, ...added }].map((given) => judge(given, asked).kind === 'go');
        if (withIt === true) expect(without).toBe(true);
        if (without === true && withIt === false) narrowed += 1;
      }),
      { numRuns: 1000 },
    );
    expect(narrowed).toBeGreaterThan(10);
  });

  it('lets what it makes wait go when that time has come: nothing waits without end', () => {
    let waited = 0;
    fc.assert(
      fc.property(limits, change, fc.nat(14 * 24), (given, asked, hours) => {
        let now = new Date(start.getTime() + hours * 3_600_000);
        let verdict = judge(given, asked, now);
        if (verdict.kind === 'wait') waited += 1;
        // Freezes and windows take turns, but not for long.
        for (let times = 0; verdict.kind === 'wait'; times++) {
          expect(times).toBeLessThan(4);
          expect(verdict.until.getTime()).toBeGreaterThan(now.getTime());
          now = verdict.until;
          const next = judge(given, asked, now);
          expect(next.kind).not.toBe('refuse');
          verdict = next;
        }
      }),
      { numRuns: 500 },
    );
    expect(waited).toBeGreaterThan(10);
  });
});
