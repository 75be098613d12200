import { describe, expect, it } from 'vitest';
import { limits, mostComponents } from './limits.ts';
import { reportSchema } from './report.ts';

const report = {
  apiVersion: 'landfall.dev/v1',
  kind: 'Report',
  critical: [],
  install: 'acme',
  sequence: 1,
  at: '2026-01-06T00:00:00.000Z',
  runner: { version: '0.1.0', features: [], bootId: '00000000-0000-4000-8000-000000000000', leaseEpoch: 1 },
  acceptedSequence: 0,
  desired: null,
  observed: null,
  state: 'Unknown',
  conditions: [],
  waitingFor: null,
  components: [],
  denied: [],
};
const mirror = {
  items: { done: 1, total: 2 },
  blobs: { done: 0, total: 0 },
  bytes: { done: 5, total: 10 },
  known: true,
  bytesPerSecond: 1,
  secondsLeft: 5,
};

describe('the progress of the mirror in a report', () => {
  it('is null in the report of a runner that does not know of it', () => {
    expect(reportSchema.parse(report).mirror).toBe(null);
  });

  it('is taken from one that does, and passed over by a control plane that does not', () => {
    expect(reportSchema.parse({ ...report, mirror }).mirror).toEqual(mirror);
    const before = reportSchema.omit({ mirror: true });
    expect(before.parse({ ...report, mirror })).toEqual(before.parse(report));
  });

  it.each([
    ['less than nothing', { bytes: { done: -1, total: 10 } }],
    ['no number', { secondsLeft: 'soon' }],
    ['half a byte', { bytesPerSecond: 0.5 }],
  ])('is not taken with %s', (_what, change) => {
    expect(reportSchema.safeParse({ ...report, mirror: { ...mirror, ...change } }).success).toBe(false);
  });
});

describe('a report of as many components as there may be', () => {
  const at = '2026-01-06T00:00:00.000Z';
  const condition = { status: 'False', reason: 'Progressing', message: 'm'.repeat(160), lastTransitionTime: at };
  const component = (i: number): object => ({
    name: `component-${i}`,
    kind: 'helm',
    state: 'Provisioned',
    conditions: ['Ready', 'Reconciling', 'Stalled', 'Drifted'].map((type) => ({ type, ...condition })),
    version: '1.10.0',
    decision: { action: 'apply', why: 'w'.repeat(200), since: at },
  });
  const of = (components: number): object => ({
    ...report,
    components: Array.from({ length: components }, (_, i) => component(i)),
  });

  it('is within the size that crosses the wall', () => {
    const parsed = reportSchema.parse(of(mostComponents));
    expect(parsed.components).toHaveLength(mostComponents);
    expect(JSON.stringify(parsed).length).toBeLessThan(limits.report.bytes);
  });

  it('is refused with one more', () => {
    expect(reportSchema.safeParse(of(mostComponents + 1)).success).toBe(false);
  });
});
