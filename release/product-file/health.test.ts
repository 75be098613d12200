import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import { parseProductFile } from './read.ts';

const fileWith = (health: string): string =>
  [
    'apiVersion: landfall.dev/v1',
    'kind: Product',
    'metadata: {name: shop, title: Shop}',
    'components:',
    '  - name: cache',
    '    kind: helm',
    '    namespace: shop',
    '    releaseName: cache',
    '    chart: ./chart',
    `    health: ${health}`,
    '',
  ].join('\n');

function refusal(health: string): string {
  try {
    parseProductFile(fileWith(health), 'landfall.yaml');
  } catch (error) {
    if (error instanceof LandfallError && error.code === 'LF-RELEASE-001') return error.message;
    throw error;
  }
  return 'it was accepted';
}

const rule = (more: string): string => `{expressions: [{apiVersion: shop.example/v1, kind: Cluster, ${more}}]}`;

describe('the health of a component', () => {
  it('may have expressions for kinds of the product', () => {
    const file = fileWith(rule(`healthy: "self.status.phase == 'Up'", failed: "self.status.phase == 'Broken'"`));
    const [component] = parseProductFile(file, 'landfall.yaml').components;
    expect(component).toMatchObject({
      health: { expressions: [{ kind: 'Cluster', healthy: "self.status.phase == 'Up'" }], unhealthyAfterSeconds: 30 },
    });
  });

  it.each([
    [
      'an expression that ends too early',
      rule('healthy: "self.status.phase =="'),
      /healthy: not a usable CEL expression/,
    ],
    ['an expression on something else than self', rule('healthy: "status.phase == 1"'), /Unknown variable: status/],
    ['an expression that gives a number', rule('healthy: "1 + 1"'), /it gives int, expected true or false/],
    ['a function that does not exist', rule('healthy: "self.a.isUp()"'), /healthy: not a usable CEL expression/],
    ['one of the other expressions', rule('healthy: "true", failed: "self."'), /failed: not a usable CEL expression/],
    [
      'an expression that is far too deep',
      rule(`healthy: "${'('.repeat(60)}true${')'.repeat(60)}"`),
      /not a usable CEL/,
    ],
    ['no rule for what is healthy', rule('failed: "true"'), /healthy/],
    [
      'two rules for one kind',
      '{expressions: [{apiVersion: a.b/v1, kind: C, healthy: "true"}, {apiVersion: a.b/v1, kind: C, healthy: "true"}]}',
      /a\.b\/v1 C has expressions already/,
    ],
    [
      'a rule for Secrets',
      '{expressions: [{apiVersion: v1, kind: Secret, healthy: "true"}]}',
      /Secrets are not looked into/,
    ],
    ['a remedy that does not exist', '{remedies: {rebootNodes: true}}', /rebootNodes/],
    ['a setting that does not exist', '{timeoutSecond: 3}', /timeoutSecond/],
  ])('is refused with %s, at its line', (_, health, message) => {
    const told = refusal(health);
    expect(told).toMatch(message);
    expect(told).toContain('line 10');
  });
});
