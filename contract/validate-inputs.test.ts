import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.ts';
import { completeInputs, requireInputSchema } from './validate-inputs.ts';

const schema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    replicas: { type: 'integer', minimum: 1, default: 2 },
    level: { enum: ['info', 'debug'], default: 'info' },
    engines: {
      type: 'object',
      default: {},
      properties: {
        batch: { type: 'object', default: {}, properties: { enabled: { type: 'boolean', default: false } } },
      },
    },
  },
};

describe('completeInputs', () => {
  it('fills in defaults at every depth, in a copy', () => {
    const given: JsonObject = {};
    expect(completeInputs(schema, given)).toEqual({
      replicas: 2,
      level: 'info',
      engines: { batch: { enabled: false } },
    });
    expect(given).toEqual({});
  });

  it.each([
    ['a wrong type', { replicas: 'two' }, 'inputs.replicas: must be integer'],
    ['an unknown input', { replica: 2 }, 'inputs.replica: unknown input'],
    ['a value outside an enum', { level: 'loud' }, 'inputs.level: must be one of info, debug'],
  ])('refuses %s and names the place', (_name, inputs, message) => {
    expect(() => completeInputs(schema, inputs)).toThrow(
      expect.objectContaining({ code: 'LF-CONTRACT-013', message: expect.stringContaining(message) }),
    );
  });

  it('keeps values out of its messages', () => {
    expect(() => completeInputs(schema, { level: 'hunter2' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('refuses a schema that is none', () => {
    expect(() => requireInputSchema({ type: 'wat' })).toThrow(expect.objectContaining({ code: 'LF-CONTRACT-014' }));
  });
});
