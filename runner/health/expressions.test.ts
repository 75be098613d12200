import { describe, expect, it } from 'vitest';
import { healthExpressionSchema, LandfallError } from '../../contract/index.ts';
import { kubeObjectSchema } from '../kubernetes/index.ts';
import { kindRules } from './expressions.ts';
import { healthOf } from './index.ts';

const type = { apiVersion: 'shop.example/v1', kind: 'Cluster' };
const judge = (expressions: object, status: unknown, metadata: object = {}) => {
  const rule = kindRules([healthExpressionSchema.parse({ ...type, ...expressions })])(type);
  const object = kubeObjectSchema.parse({ ...type, metadata: { name: 'db', generation: 2, ...metadata }, status });
  return healthOf(object, rule);
};
const byPhase = {
  healthy: "self.status.phase == 'Up'",
  failed: "self.status.phase == 'Broken'",
};

describe('an expression of the product', () => {
  const table: [string, string, object, unknown][] = [
    ['that holds', 'healthy', byPhase, { phase: 'Up' }],
    ['that does not hold', 'progressing', byPhase, { phase: 'Starting' }],
    ['for failure that holds', 'failed', byPhase, { phase: 'Broken' }],
    ['about what is not there yet', 'progressing', byPhase, undefined],
    ['about a status that is null', 'progressing', byPhase, null],
    [
      'for being on its way, before the one for failure',
      'progressing',
      { ...byPhase, progressing: 'has(self.status.retryAt)' },
      { phase: 'Broken', retryAt: 'soon' },
    ],
    ['that counts', 'healthy', { healthy: 'self.status.members - 1 >= self.metadata.generation' }, { members: 3 }],
    ['with a fraction', 'healthy', { healthy: 'self.status.load < 0.9' }, { load: 0.5 }],
    [
      'about a list',
      'healthy',
      { healthy: "self.status.conditions.exists(c, c.type == 'Up' && c.status == 'True')" },
      { conditions: [{ type: 'Up', status: 'True' }] },
    ],
    ['over what Ready says', 'healthy', { healthy: 'true' }, { conditions: [{ type: 'Ready', status: 'False' }] }],
    ['over what Stalled says', 'healthy', { healthy: 'true' }, { conditions: [{ type: 'Stalled', status: 'True' }] }],
    ['about a change that is not seen yet', 'progressing', { healthy: 'true' }, { observedGeneration: 1 }],
    ['that gives no truth', 'progressing', { healthy: 'self.status.phase' }, { phase: 'Up' }],
  ];
  it.each(table)('%s: %s', (_, expected, expressions, status) => {
    expect(judge(expressions, status).state).toBe(expected);
  });

  it('says what went wrong in it', () => {
    const { healthy } = { healthy: 'self.status.phase + 1 == 2' };
    expect(judge({ healthy }, { phase: 'Up' })).toMatchObject({ message: expect.stringMatching(/no such overload/) });
  });

  it('does not see an object that is being deleted', () => {
    expect(judge({ healthy: 'true' }, {}, { deletionTimestamp: '2026-01-05T10:00:00Z' }).state).toBe('progressing');
  });

  it('judges its own kind alone', () => {
    const rules = kindRules([healthExpressionSchema.parse({ ...type, healthy: 'false' })]);
    expect(rules({ apiVersion: 'shop.example/v2', kind: 'Cluster' })).toBeUndefined();
    expect(rules(type)).toBeDefined();
  });

  it('that cannot be used is the fault of the release', () => {
    const bad = healthExpressionSchema.parse({ ...type, healthy: 'self.status.phase ==' });
    expect(() => kindRules([bad])).toThrow(LandfallError);
    expect(() => kindRules([bad])).toThrow(/shop.example\/v1 Cluster/);
  });

  const many = { list: Array.from({ length: 3000 }, (_, i) => i) };
  const endless: [string, string, unknown][] = [
    [
      'loops within loops',
      'self.status.list.all(a, self.status.list.all(b, self.status.list.all(c, a + b + c >= 0)))',
      many,
    ],
    ['a regular expression that never ends', "self.status.text.matches('^(a+)+$')", { text: `${'a'.repeat(60)}!` }],
  ];
  it.each(endless)('comes to an end: %s', (_, healthy, status) => {
    expect(judge({ healthy }, status)).toMatchObject({
      state: 'progressing',
      message: expect.stringMatching(/came to no end/),
    });
  });
});
