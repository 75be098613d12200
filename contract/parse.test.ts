import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseJson } from './parse.ts';

const limit = { bytes: 100, depth: 3 };
const anything = z.json();

describe('parsing what comes from outside', () => {
  it.each([
    ['too large', JSON.stringify('x'.repeat(200)), 'LF-CONTRACT-001'],
    ['too deep', '[[[[]]]]', 'LF-CONTRACT-002'],
    ['too deep without ever being closed', '{"a":[[{', 'LF-CONTRACT-002'],
    ['not JSON', '{"a":', 'LF-CONTRACT-003'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'LF-CONTRACT-003'],
  ])('refuses a document that is %s', (_, bytes, code) => {
    expect(() => parseJson(bytes, anything, 'the document', limit)).toThrow(expect.objectContaining({ code }));
  });

  it('does not count brackets inside strings, also behind escaped quotes', () => {
    expect(parseJson('{"a":"\\"[[[[[["}', anything, 'the document', limit)).toEqual({ a: '"[[[[[[' });
  });

  it('names the path, and what was expected, of a value of the wrong shape', () => {
    const schema = z.object({ spec: z.object({ size: z.array(z.number()) }) });
    expect(() => parseJson('{"spec":{"size":[1,"2"]}}', schema, 'the file', limit)).toThrow(/spec\.size\[1\].*number/);
  });

  it('counts depth exactly as deep as JSON.parse would build it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        const accept = (depth: number) => parseJson(text, anything, 'it', { bytes: 1e9, depth });
        const depth = depthOf(JSON.parse(text));
        expect(() => accept(depth)).not.toThrow();
        if (depth > 0) expect(() => accept(depth - 1)).toThrow(expect.objectContaining({ code: 'LF-CONTRACT-002' }));
      }),
    );
  });
});
