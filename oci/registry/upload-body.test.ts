import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import { type Part, readAgain } from '../hash-trail.ts';
import { verifyStream } from '../verify-stream.ts';
import { KeptBytes } from './kept-bytes.ts';
import { type BlobBody, type OpenBlob, UploadBody } from './upload-body.ts';

const size = 700_000;
const whole = Buffer.alloc(size);
whole.forEach((_, at) => (whole[at] = (at * 31 + (at >> 8)) % 256));
const content = { digest: sha256(whole), size };
const what = 'the blob';

/** Opened so often, or asked for a part; and let go. */
const seen = { opened: 0, again: 0, ended: 0 };

/** Out of one buffer that is filled again and again: whoever keeps a piece reads zeros. */
async function* lent(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(piece);
  seen.opened++;
  try {
    for (let at = 0; at < bytes.byteLength; at += piece) {
      const part = bytes.subarray(at, at + piece);
      buffer.set(part);
      yield buffer.subarray(0, part.byteLength);
      buffer.fill(0);
    }
  } finally {
    seen.ended++;
  }
}

/** Each kind of source, as `UploadBody` gets it; `bytes` is what the source gives when it is asked again. */
const sources: Record<string, (piece: number, bytes?: Uint8Array) => { body: BlobBody; verified: boolean }> = {
  'bytes in memory': (_, bytes = whole) => ({ body: bytes, verified: false }),
  'a stream that is verified here': (piece, bytes = whole) => {
    let times = 0;
    return { body: () => lent(times++ === 0 ? whole : bytes, piece), verified: false };
  },
  'a stream that was verified where it comes from': (piece, bytes = whole) => {
    let times = 0;
    const body: OpenBlob = (trail) => verifyStream(lent(times++ === 0 ? whole : bytes, piece), content, what, trail);
    return { body, verified: true };
  },
  'a stream whose parts can be asked for': (piece, bytes = whole) => {
    const open: OpenBlob = (trail) => verifyStream(lent(whole, piece), content, what, trail);
    const part = ({ from, to }: Part) => {
      seen.again++;
      return lent(bytes.subarray(from, to), piece);
    };
    const body = Object.assign(open, {
      again: (...[asked, trail]: Parameters<NonNullable<OpenBlob['again']>>) => readAgain(trail, asked, part, what),
    });
    return { body, verified: true };
  },
};
const names = Object.keys(sources);
const bodyOf = (name: string, piece: number, bytes?: Uint8Array, keeps = 0): UploadBody => {
  const made = sources[name]?.(piece, bytes);
  if (made === undefined) throw new Error(`no source ${name}`);
  return new UploadBody(made.body, content, made.verified, keeps === 0 ? {} : { kept: new KeptBytes(keeps) });
};

/** A cut after so many bytes, and how much of what was given the registry says it has: both as parts of what is possible. */
const cuts = fc.array(
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  {
    maxLength: 5,
  },
);

const keeps = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 * size }));

it.each(names)(
  'what the registry gets from %s is the blob, wherever it is cut and wherever it stands',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 5_000, max: 400_000 }), keeps, async (places, piece, bytesKept) => {
        const body = bodyOf(name, piece, undefined, bytesKept);
        const registry = Buffer.alloc(size);
        let stands = 0;
        const send = async (until: number): Promise<number> => {
          let at = stands;
          for await (const bytes of body.from(stands)) {
            registry.set(bytes, at);
            at += bytes.byteLength;
            if (at >= until) return at;
          }
          expect(at).toBe(size);
          return at;
        };
        for (const [cut, kept] of places) {
          const sent = await send(stands + cut * (size - stands));
          expect(body.given).toBeGreaterThanOrEqual(sent);
          const next = stands + Math.floor(kept * (sent - stands));
          // What had not arrived is not there.
          registry.fill(0, next);
          stands = next;
        }
        await send(Number.POSITIVE_INFINITY);
        expect(createHash('sha256').update(registry).digest('hex')).toBe(content.digest.slice(7));
        await body.close();
      }),
      { numRuns: 40 },
    );
    expect(seen.ended).toBe(seen.opened);
  },
);

it.each(names.filter((name) => name !== 'bytes in memory'))(
  'another byte when %s is read again is refused, and the end is never given',
  async (name) => {
    const other = Uint8Array.from(whole, (byte, at) => (at === 150_000 ? byte ^ 1 : byte));
    const body = bodyOf(name, 50_000, other);
    for await (const bytes of body.from(0)) if (bytes.byteLength > 0 && body.given >= 300_000) break;
    let got = 100_000;
    const rest = async (): Promise<void> => {
      for await (const bytes of body.from(100_000)) got += bytes.byteLength;
    };
    await expect(rest()).rejects.toMatchObject({ code: 'LF-OCI-005', temporary: false });
    expect(got).toBeLessThan(size);
    await body.close();
  },
);

it('a source whose parts can be asked for is opened once, and asked for what was lost', async () => {
  Object.assign(seen, { opened: 0, again: 0 });
  const body = bodyOf('a stream whose parts can be asked for', 50_000);
  for await (const bytes of body.from(0)) if (bytes.byteLength > 0 && body.given >= 600_000) break;
  let at = 590_000;
  // Still at hand: the last piece.
  for await (const bytes of body.from(at)) {
    at += bytes.byteLength;
    break;
  }
  expect([at, seen.again]).toEqual([600_000, 0]);
  for await (const bytes of body.from(400_000)) at = bytes.byteLength;
  expect([seen.opened, seen.again]).toEqual([2, 1]);
  await body.close();
});

it('what is kept is not asked for again', async () => {
  Object.assign(seen, { opened: 0, again: 0 });
  const body = bodyOf('a stream whose parts can be asked for', 50_000, undefined, 300_000);
  for await (const bytes of body.from(0)) if (bytes.byteLength > 0 && body.given >= 600_000) break;
  const got: Buffer[] = [];
  for await (const bytes of body.from(300_000)) got.push(Buffer.from(bytes));
  expect(Buffer.concat(got)).toEqual(whole.subarray(300_000));
  expect([seen.opened, seen.again]).toEqual([1, 0]);
  await body.close();
});

it('one that broke cannot be gone on with, nor one whose bytes nobody has compared', async () => {
  const broken = new UploadBody(
    async function* () {
      yield whole.subarray(0, 100_000);
      throw new Error('the disk is gone');
    },
    content,
    false,
  );
  const read = async (body: UploadBody): Promise<void> => {
    for await (const bytes of body.from(0)) void bytes;
  };
  await expect(read(broken)).rejects.toThrow('the disk is gone');
  expect(broken.given).toBe(0);
  const unseen = new UploadBody(() => lent(whole, 50_000), content, true);
  await read(unseen);
  expect(unseen.given).toBe(0);
});

it('twin of the refusal: without the comparison other bytes would go on', async () => {
  const other = Uint8Array.from(whole, (byte, at) => (at === 150_000 ? byte ^ 1 : byte));
  const open: OpenBlob = (trail) => verifyStream(lent(whole, 50_000), content, what, trail);
  const again = ({ from, to }: Part) => lent(other.subarray(from, to), 50_000);
  const body = new UploadBody(Object.assign(open, { again }), content, true);
  for await (const bytes of body.from(0)) if (bytes.byteLength > 0 && body.given >= 300_000) break;
  const got: Buffer[] = [whole.subarray(0, 100_000)];
  for await (const bytes of body.from(100_000)) got.push(Buffer.from(bytes));
  expect(Buffer.concat(got).byteLength).toBe(size);
  expect(sha256(Buffer.concat(got))).not.toBe(content.digest);
  await body.close();
});
