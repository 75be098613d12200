import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunnerPolicy, runnerPolicySchema, sha256 } from '../../contract/index.ts';
import type { ChangeAsked, ComponentAsked } from './change.ts';
import { judge } from './index.ts';

const now = new Date('2026-01-05T10:00:00Z'); // a Monday
const shop: ComponentAsked = { name: 'shop', kind: 'helm', namespaces: ['shop'] };
const database: ComponentAsked = { name: 'database', kind: 'terraform', namespaces: [] };
const rules: ComponentAsked = { name: 'rules', kind: 'manifests', namespaces: ['shop', 'shop-rules'] };
const to = { version: '1.3.0', digest: sha256('1.3.0'), inputsDigest: sha256('inputs') };
const upgrade = { from: '1.2.0', to, pinnedRegistry: 'vendor.test' };
const approvals = [{ releaseDigest: to.digest, inputsDigest: to.inputsDigest }];

describe('a policy', () => {
  const kinds = fc.subarray(['helm', 'terraform', 'manifests']);
  const windows = fc.array(
    fc.record({
      days: fc.subarray(['Mon', 'Tue', 'Sun'] as const, { minLength: 1 }),
      start: fc.constantFrom('00:00', '09:00', '11:00'),
      end: fc.constantFrom('00:00', '10:00', '12:00'),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Mars/Olympus'),
    }),
    { maxLength: 2 },
  );
  const freezes = fc.array(
    fc.record({
      from: fc.constantFrom('2026-01-01', '2026-01-05'),
      to: fc.constantFrom('2026-01-05', '2026-01-09'),
      timeZone: fc.constant('UTC'),
    }),
    { maxLength: 2 },
  );
  const limits: fc.Arbitrary<Partial<RunnerPolicy>> = fc.record(
    {
      paused: fc.boolean(),
      windows,
      freezes,
      upgrades: fc.constantFrom('automatic', 'customer'),
      approvalRequired: fc.record({ upgrades: fc.constantFrom('none', 'all', 'minor', 'major'), kinds }),
      allowedKinds: kinds,
      allowedNamespaces: fc.subarray(['shop', 'shop-*', '*']),
      allowedVerbs: fc.subarray(['install', 'upgrade', 'rollback', 'uninstall'] as const),
    },
    { requiredKeys: [] },
  );
  /** Two at most: with many limits nothing goes anyway. */
  const few = fc
    .tuple(limits, fc.integer({ min: 0, max: 2 }), fc.nat(7))
    .map(([all, count, from]): Partial<RunnerPolicy> => {
      const entries = Object.entries(all);
      return Object.fromEntries([...entries, ...entries].slice(from % (entries.length || 1)).slice(0, count));
    });
  const change: fc.Arbitrary<ChangeAsked> = fc
    .record({
      verb: fc.constantFrom('install', 'upgrade', 'rollback'),
      step: fc.constantFrom('inputs', 'patch', 'minor', 'major'),
      components: fc.subarray([shop, database, rules]),
      changed: fc.subarray([shop, database, rules]),
      removed: fc.subarray([database]),
      registry: fc.constantFrom('vendor.test', 'evil.test'),
    })
    .map((given): ChangeAsked => ({ ...upgrade, ...given }));
  const goes = (policy: Partial<RunnerPolicy>, asked: ChangeAsked): boolean =>
    judge(runnerPolicySchema.parse(policy), asked, now).kind === 'go';

  it('only narrows: with one more limit, nothing goes that did not go before', () => {
    let narrowed = 0;
    fc.assert(
      fc.property(few, few, change, (before, more, asked) => {
        // One more limit: of fields that the policy does not have yet.
        const added = Object.fromEntries(Object.entries(more).filter(([name]) => !(name in before)));
        const [without, withIt] = [goes(before, asked), goes({ ...before, ...added }, asked)];
        if (withIt) expect(without).toBe(true);
        if (without && !withIt) narrowed += 1;
      }),
      { numRuns: 2000 },
    );
    // Else this would hold for a judge that looks at nothing.
    expect(narrowed).toBeGreaterThan(20);
  });

  it('with one more freeze, one kind, namespace or verb less: nothing goes that did not go before', () => {
    let gone = 0;
    fc.assert(
      fc.property(few, freezes, change, (before, more, asked) => {
        const narrower: Partial<RunnerPolicy> = {
          ...before,
          freezes: [...(before.freezes ?? []), ...more],
          ...(before.allowedKinds === undefined ? {} : { allowedKinds: before.allowedKinds.slice(1) }),
          ...(before.allowedNamespaces === undefined ? {} : { allowedNamespaces: before.allowedNamespaces.slice(1) }),
          ...(before.allowedVerbs === undefined ? {} : { allowedVerbs: before.allowedVerbs.slice(1) }),
        };
        if (!goes(narrower, asked)) return;
        gone += 1;
        expect(goes(before, asked)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(gone).toBeGreaterThan(20);
  });

  it('lets nothing go by an approval that is not allowed without one', () => {
    let gone = 0;
    fc.assert(
      fc.property(few, change, (policy, asked) => {
        const { upgrades: _, approvalRequired: __, ...rest } = policy;
        if (!goes({ ...policy, approvals }, asked)) return;
        gone += 1;
        expect(goes(rest, asked)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(gone).toBeGreaterThan(20);
  });
});
