import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { digestSchema } from '../../contract/index.ts';
import { createRegistryClient } from '../../oci/index.ts';
import { sha256Of } from './content.ts';
import { ecrHabits, type FaultRegistry, type FaultRegistryOptions, startFaultRegistry } from './fault-registry.ts';
import type { Fault, Operation } from './faults.ts';

const mebibyte = 1024 * 1024;
const repository = 'shop/gateway';
const clock = { now: () => new Date(), sleep: () => Promise.resolve() };

let registry: FaultRegistry;
afterEach(() => registry.stop());

async function open(options: FaultRegistryOptions = {}): Promise<void> {
  registry = await startFaultRegistry(options);
}

async function push(bytes: Uint8Array): Promise<boolean> {
  const client = createRegistryClient({
    host: registry.host,
    plainHttp: true,
    clock,
    credentials: () => Promise.resolve({ username: 'u', password: 'p' }),
  });
  const content = { digest: digestSchema.parse(sha256Of(bytes)), size: bytes.byteLength };
  try {
    await client.putBlob(repository, content, async function* body() {
      for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
    });
  } finally {
    await client.close();
  }
  const stored = registry.content.blob(repository, content.digest);
  return stored !== undefined && Buffer.from(stored).equals(Buffer.from(bytes));
}
const operations = (): (Operation | undefined)[] =>
  registry.requests.map((each) => each.operation).filter((each) => each?.startsWith('upload') === true);

describe('pushing a blob survives', () => {
  const survived: [name: string, on: Operation, times: number, fault: Fault][] = [
    ['a connection cut in the middle of the body', 'upload-end', 1, { kind: 'cut-request', after: 200_000 }],
    ['a connection closed without an answer', 'upload-end', 1, { kind: 'no-answer' }],
    ['503 when it is opened', 'upload-start', 2, { kind: 'status', status: 503 }],
    ['503 at its end', 'upload-end', 2, { kind: 'status', status: 503 }],
    ['429 with Retry-After', 'upload-end', 1, { kind: 'status', status: 429, retryAfter: '1' }],
  ];

  it.each(survived)('%s', async (_, on, times, fault) => {
    await open();
    registry.fault({ on, times, fault });
    expect(await push(randomBytes(mebibyte))).toBe(true);
    expect(registry.struck()).toBe(times);
  });

  it('a token that ends in the middle of the upload', async () => {
    await open({ auth: { kind: 'token', username: 'u', password: 'p' } });
    expect(await push(randomBytes(1000))).toBe(true);
    registry.fault({ on: 'upload-end', times: 1, fault: { kind: 'status', status: 503 } });
    registry.expireTokens();
    expect(await push(randomBytes(mebibyte))).toBe(true);
  });

  it('a limit on the size of a body: chunks as large as the registry bears', async () => {
    await open({ habits: { maxBodyBytes: 4 * mebibyte } });
    expect(await push(randomBytes(10 * mebibyte + 7))).toBe(true);
    expect(operations().filter((each) => each === 'upload-chunk').length).toBeGreaterThanOrEqual(3);
  });

  it('a registry that takes only one body (ECR): never a chunk', async () => {
    await open({ habits: ecrHabits });
    registry.content.repository(repository);
    expect(await push(randomBytes(10 * mebibyte))).toBe(true);
    expect(operations()).toEqual(['upload-start', 'upload-end']);
  });

  it('a registry that says 403 for what it does not have', async () => {
    await open({ habits: { absentIsForbidden: true } });
    const client = createRegistryClient({ host: registry.host, plainHttp: true, clock });
    const digest = digestSchema.parse(sha256Of(randomBytes(5)));
    expect(await client.blobExists(repository, digest)).toBe(false);
    expect(await client.headManifest(repository, digest)).toBeUndefined();
    await client.close();
    expect(await push(randomBytes(1000))).toBe(true);
  });

  it('a blob without bytes', async () => {
    await open();
    expect(await push(new Uint8Array())).toBe(true);
  });
});

describe('pushing a blob is refused', () => {
  const refused: [name: string, on: Operation, fault: Fault, code: string][] = [
    ['with 403', 'upload-start', { kind: 'status', status: 403, code: 'DENIED' }, 'LF-OCI-003'],
    ['for ever with 503', 'upload-end', { kind: 'status', status: 503 }, 'LF-OCI-010'],
    ['with a redirect', 'upload-end', { kind: 'redirect', to: 'http://169.254.169.254/' }, 'LF-OCI-008'],
    ['as too large, however small the chunks', 'upload-chunk', { kind: 'status', status: 413 }, 'LF-OCI-009'],
  ];

  it.each(refused)('%s', async (_, on, fault, code) => {
    await open({ habits: { maxBodyBytes: 2 * mebibyte } });
    registry.fault({ on, fault });
    const bytes = randomBytes(code === 'LF-OCI-009' ? 3 * mebibyte : 1000);
    await expect(push(bytes)).rejects.toMatchObject({ code });
    expect(registry.struck()).toBeGreaterThan(0);
    expect(registry.content.blobs.size).toBe(0);
  });

  it('by a repository that does not exist (ECR)', async () => {
    await open({ habits: ecrHabits });
    await expect(push(randomBytes(10))).rejects.toMatchObject({ code: 'LF-OCI-004' });
  });
});
