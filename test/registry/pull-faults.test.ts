import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestSchema } from '../../contract/index.ts';
import { createRegistryClient } from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';
import type { Fault } from './faults.ts';
import { sha256Of } from './content.ts';

const size = 1024 * 1024;
const repository = 'shop/gateway';

let registry: FaultRegistry;
let blob: Uint8Array;
let digest: Digest;
const waited: number[] = [];
const clock = {
  now: () => new Date(),
  sleep: (ms: number) => {
    waited.push(ms);
    return Promise.resolve();
  },
};

beforeEach(async () => {
  registry = await startFaultRegistry();
  blob = randomBytes(size);
  digest = digestSchema.parse(registry.content.addBlob(repository, blob));
  waited.length = 0;
});
afterEach(() => registry.stop());

async function pull(): Promise<Buffer> {
  const client = createRegistryClient({ host: registry.host, plainHttp: true, clock });
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.getBlob(repository, { digest, size })) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    await client.close();
  }
}
const once = (fault: Fault): void => registry.fault({ on: 'blob-get', times: 1, fault });
const ranges = (): (string | undefined)[] =>
  registry.requests.filter((each) => each.operation === 'blob-get').map((each) => each.range);

describe('pulling a blob survives', () => {
  const survived: [name: string, plan: () => void, atMost: number][] = [
    ['a cut in the middle', () => once({ kind: 'cut', after: size / 2 }), 1.05],
    [
      'ten cuts, one after the other',
      () => registry.fault({ on: 'blob-get', times: 10, fault: { kind: 'cut', after: 100 * 1024 } }),
      1.05,
    ],
    ['a cut before the first byte', () => once({ kind: 'cut', after: 0 }), 1.05],
    ['a cut before the last byte', () => once({ kind: 'cut', after: size - 1 }), 1.05],
    ['an end that looks regular and comes too early', () => once({ kind: 'truncated', to: size / 2 }), 1.05],
    ['a connection closed without an answer', () => once({ kind: 'no-answer' }), 1.05],
    [
      '503 three times',
      () => registry.fault({ on: 'blob-get', times: 3, fault: { kind: 'status', status: 503 } }),
      1.05,
    ],
    ['429 with Retry-After', () => once({ kind: 'status', status: 429, retryAfter: '7' }), 1.05],
    ['a slow drip', () => once({ kind: 'drip', bytes: 256 * 1024, everyMs: 1 }), 1.05],
    [
      'a cut, and 503 on the way back',
      () => {
        once({ kind: 'cut', after: size / 2 });
        once({ kind: 'status', status: 503 });
      },
      1.05,
    ],
    [
      'a cut, and a registry that does not know ranges',
      () => {
        once({ kind: 'cut', after: size / 2 });
        once({ kind: 'range-ignored' });
      },
      1.55,
    ],
    [
      'a cut, and a range that begins elsewhere',
      () => {
        once({ kind: 'cut', after: size / 2 });
        once({ kind: 'range-wrong', by: 1000 });
      },
      2.05,
    ],
  ];

  it.each(survived)('%s', async (_, plan, atMost) => {
    plan();
    expect((await pull()).equals(Buffer.from(blob))).toBe(true);
    expect(registry.struck()).toBeGreaterThan(0);
    expect(registry.bytesSent() / size).toBeLessThanOrEqual(atMost);
  });

  it('waits as long as Retry-After says', async () => {
    once({ kind: 'status', status: 429, retryAfter: '7' });
    await pull();
    expect(waited).toEqual([7000]);
  });

  it('asks for exactly the rest, to the last byte', async () => {
    once({ kind: 'cut', after: 1000 });
    await pull();
    expect(ranges()).toEqual([undefined, `bytes=1000-${size - 1}`]);
  });
});

describe('pulling a blob is refused, and nothing wrong is handed on as whole', () => {
  const refused: [name: string, fault: Fault, code: string][] = [
    ['other bytes', { kind: 'wrong-bytes' }, 'LF-OCI-005'],
    ['a longer length than announced', { kind: 'wrong-length', by: 5 }, 'LF-OCI-005'],
    ['a shorter length than announced', { kind: 'wrong-length', by: -5 }, 'LF-OCI-005'],
    ['a body without an end', { kind: 'endless' }, 'LF-OCI-005'],
    ['a redirect to the metadata service', { kind: 'redirect', to: 'http://169.254.169.254/latest/' }, 'LF-OCI-007'],
    ['a refusal', { kind: 'status', status: 403, code: 'DENIED' }, 'LF-OCI-003'],
    ['503 for ever', { kind: 'status', status: 503 }, 'LF-OCI-010'],
    ['cuts for ever without progress', { kind: 'cut', after: 0 }, 'LF-OCI-002'],
  ];

  it.each(refused)('%s', async (_, fault, code) => {
    registry.fault({ on: 'blob-get', fault });
    await expect(pull()).rejects.toMatchObject({ code });
    expect(registry.struck()).toBeGreaterThan(0);
  });

  it('a redirect in a circle', async () => {
    registry.fault({
      on: 'blob-get',
      fault: { kind: 'redirect', to: `http://${registry.host}/v2/${repository}/blobs/${digest}` },
    });
    await expect(pull()).rejects.toMatchObject({ code: 'LF-OCI-008' });
  });

  it('a blob that was swapped between a cut and the rest', async () => {
    once({ kind: 'cut', after: size / 2 });
    registry.fault({ on: 'blob-get', when: ({ from }) => from > 0, fault: { kind: 'wrong-bytes' } });
    await expect(pull()).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(sha256Of(blob)).toBe(digest);
  });
});
