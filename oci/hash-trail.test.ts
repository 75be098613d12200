import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../contract/index.ts';
import { HashTrail, type Part, readAgain } from './hash-trail.ts';
import { verifyStream } from './verify-stream.ts';

const size = 1_500_000;
const whole = Buffer.alloc(size, 'which place of the blob is this? ');
whole.forEach((byte, at) => (whole[at] = byte ^ (at % 251)));
const content = { digest: sha256(whole), size };

/** Out of one buffer that is filled again and again. */
async function* lent(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(piece);
  for (let at = 0; at < bytes.byteLength; at += piece) {
    const part = bytes.subarray(at, at + piece);
    buffer.set(part);
    yield buffer.subarray(0, part.byteLength);
    buffer.fill(0);
  }
}
/** The trail of a stream that was read until so many bytes had come. */
async function trailOf(read: number, piece: number): Promise<HashTrail> {
  const trail = new HashTrail();
  let got = 0;
  for await (const bytes of verifyStream(lent(whole, piece), content, 'x', trail)) {
    got += bytes.byteLength;
    if (got >= read) break;
  }
  return trail;
}
async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
const parts = fc
  .tuple(fc.integer({ min: 1, max: size }), fc.nat(), fc.nat(), fc.integer({ min: 1000, max: 400_000 }))
  .map(([read, one, other, piece]) => {
    const [from = 0, to = 0] = [one % (read + 1), other % (read + 1)].toSorted((a, b) => a - b);
    return { read, piece, part: { from, to } };
  });

it('any part of what was read comes again as it was, for little more than itself', async () => {
  await fc.assert(
    fc.asyncProperty(parts, async ({ read, piece, part }) => {
      const asked: Part[] = [];
      const open = (wider: Part) => {
        asked.push(wider);
        return lent(whole.subarray(wider.from, wider.to), 70_000);
      };
      const again = await collect(readAgain(await trailOf(read, piece), part, open, 'x'));
      expect(again.equals(whole.subarray(part.from, part.to))).toBe(true);
      for (const { from, to } of asked) expect(to - from - again.byteLength).toBeLessThanOrEqual(2 * (524_288 + piece));
    }),
    { numRuns: 60 },
  );
});

it.each(['flip', 'cut'] as const)('one that has another byte, or ends early, is refused: %s', async (attack) => {
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(), async ({ read, piece, part }, place) => {
      fc.pre(part.to > part.from);
      const open = ({ from, to }: Part) => {
        const other = Uint8Array.from(whole.subarray(from, to));
        const at = place % other.byteLength;
        other[at] = (other[at] ?? 0) ^ 1;
        return lent(attack === 'flip' ? other : other.subarray(0, at), 70_000);
      };
      const again = collect(readAgain(await trailOf(read, piece), part, open, 'x'));
      await expect(again).rejects.toMatchObject({ code: 'LF-OCI-005', temporary: attack === 'cut' });
    }),
    { numRuns: 30 },
  );
});

it('of a large stream the last 64 MiB are known closely, and what is before from its beginning', async () => {
  const large = Buffer.alloc(80 * 1024 * 1024, 'landfall');
  const trail = new HashTrail();
  const expected = { digest: sha256(large), size: large.byteLength };
  for await (const piece of verifyStream(lent(large, 1_000_000), expected, 'x', trail)) void piece;
  const late = trail.around({ from: 70_000_000, to: 80_000_000 });
  expect(late.before.at).toBeGreaterThan(68_000_000);
  expect(late.after.at).toBeLessThan(82_000_000);
  expect(trail.around({ from: large.byteLength, to: large.byteLength }).after.at).toBe(large.byteLength);
});
