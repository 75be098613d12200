import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../contract/index.ts';
import { verifyStream } from './verify-stream.ts';

async function* chunks(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
async function read(source: AsyncIterable<Uint8Array>, into: Uint8Array[] = []): Promise<Uint8Array> {
  for await (const chunk of source) into.push(chunk);
  return Buffer.concat(into);
}

it('passes right bytes on, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (parts) => {
      const whole = Buffer.concat(parts);
      const content = { digest: sha256(whole), size: whole.length };
      expect(Buffer.compare(await read(verifyStream(chunks(parts), content, 'x')), whole)).toBe(0);
    }),
  );
});

it('never lets the last chunk of wrong bytes through: a flipped bit, too few, too many', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1 }),
      fc.constantFrom('flip', 'cut', 'add'),
      async (parts, attack) => {
        const whole = Buffer.concat(parts);
        const content = { digest: sha256(whole), size: whole.length };
        const last = parts.at(-1) ?? new Uint8Array();
        const changed = {
          flip: [...parts.slice(0, -1), last.map((byte, i) => (i === 0 ? byte ^ 1 : byte))],
          cut: [...parts.slice(0, -1), last.subarray(1)],
          add: [...parts, Buffer.from('x')],
        }[attack];
        const got: Uint8Array[] = [];
        await expect(read(verifyStream(chunks(changed), content, 'x'), got)).rejects.toMatchObject({
          code: 'LF-OCI-005',
        });
        expect(Buffer.concat(got).length).toBeLessThan(whole.length);
        // The twin: without the guard the same bytes arrive whole.
        expect(Buffer.compare(await read(chunks(changed)), whole)).not.toBe(0);
      },
    ),
  );
});

it('ends an endless body as soon as it is too long', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent++;
      yield Buffer.alloc(1000);
    }
  }
  await expect(read(verifyStream(endless(), { digest: sha256(''), size: 5000 }, 'x'))).rejects.toThrow(
    /more than the 5000/,
  );
  expect(sent).toBe(6);
});
