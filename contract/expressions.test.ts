import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExpressionScope, expressionsIn, resolveExpressions, resolveObject } from './expressions.ts';
import { type Json, jsonSchema } from './json.ts';

const scope: ExpressionScope = {
  inputs: { replicas: 2, debug: false, region: 'eu-central-1', engines: { batch: { enabled: true } }, list: [1, 'a'] },
  secrets: { token: { store: 'kubernetes', namespace: 'streaming', name: 'gateway', key: 'token' } },
  components: { bucket: { outputs: { bucketName: 'lf-a-events' } } },
  install: { id: 'a', region: 'eu-central-1', prefix: 'lf-a', account: '123456789012' },
};

const anyJson = fc.jsonValue().map((value) => jsonSchema.parse(value));

describe('resolveExpressions', () => {
  it.each<[string, Json, Json]>([
    ['a whole expression keeps a number', '${inputs.replicas}', 2],
    ['a whole expression keeps a boolean', '${inputs.engines.batch.enabled}', true],
    ['a whole expression keeps a list', '${inputs.list}', [1, 'a']],
    ['a whole expression keeps an object', '${inputs.engines}', { batch: { enabled: true } }],
    ['text around it makes a string', 'n=${inputs.replicas}', 'n=2'],
    ['several stand in one string', '${install.prefix}-${inputs.region}', 'lf-a-eu-central-1'],
    ['a secret gives its reference only', '${secrets.token.name}/${secrets.token.key}', 'gateway/token'],
    ['outputs of components are found', ['${components.bucket.outputs.bucketName}'], ['lf-a-events']],
    ['an escaped one stays', 'a $${inputs.replicas} b', 'a ${inputs.replicas} b'],
    ['keys stay as they are', { '${inputs.replicas}': 1 }, { '${inputs.replicas}': 1 }],
    ['lone dollars and braces stay', '$5 {x} $', '$5 {x} $'],
    ['an empty string stays', '', ''],
  ])('%s', (_name, value, expected) => {
    expect(resolveExpressions(value, scope)).toEqual(expected);
  });

  it.each([
    ['an unknown input', '${inputs.nope}', 'LF-CONTRACT-010', 'there is no inputs.nope'],
    ['an unknown output', '${components.bucket.outputs.arn}', 'LF-CONTRACT-010', 'bucket.outputs.arn'],
    ['an inherited member', '${inputs.constructor}', 'LF-CONTRACT-010', 'inputs.constructor'],
    ['__proto__', '${inputs.__proto__}', 'LF-CONTRACT-010', '__proto__'],
    ['an unknown root', '${env.HOME}', 'LF-CONTRACT-011', 'is not an expression'],
    ['an unclosed one', '${inputs.a', 'LF-CONTRACT-011', 'is not an expression'],
    ['code', '${1+1}', 'LF-CONTRACT-011', 'is not an expression'],
    ['an object inside text', 'x${inputs.engines}', 'LF-CONTRACT-012', 'an object'],
  ])('refuses %s', (_name, text, code, message) => {
    expect(() => resolveExpressions(text, scope)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('leaves every value without `${` as it is', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        fc.pre(!JSON.stringify(value).includes('${'));
        expect(resolveExpressions(value, scope)).toEqual(value);
        expect(expressionsIn(value)).toEqual([]);
      }),
    );
  });

  it('never changes what a value it puts in says, even if that looks like an expression', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const filled = resolveObject({ a: '${inputs.t}', b: '<${inputs.t}>' }, { ...scope, inputs: { t: text } });
        expect(filled).toEqual({ a: text, b: `<${text}>` });
      }),
    );
  });
});

describe('expressionsIn', () => {
  it('lists each expression once, in order', () => {
    expect(expressionsIn({ a: '${inputs.b}${inputs.a}', c: ['${inputs.b}', '$${inputs.x}'] })).toEqual([
      'inputs.b',
      'inputs.a',
    ]);
  });
});
