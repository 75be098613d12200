import { createServer, type Server, type Socket } from 'node:net';
import { ECRClient } from '@aws-sdk/client-ecr';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, LandfallError, sha256 } from '../contract/index.ts';
import { createConnect, type RegistryClient } from '../oci/index.ts';
import { dialedHandler } from './aws/request-handler.ts';
import { distributionRegistry } from './mirror/distribution-registry.ts';
import { createVendorRegistries, ecrRegistry, type OwnRegistry } from './mirror/registries.ts';

const minute = 60_000;
/** The longest that a call may take, all of its attempts together. */
const bearable = 6 * minute;
const never = new AbortController().signal;
const repository = 'lf-acme/shop/web';
const blob = { digest: sha256('blob'), size: 4 };
const manifest = { bytes: Buffer.from('{}'), mediaType: 'application/json', digest: sha256('{}') };

let server: Server;
let agent: Agent;
let host: string;
/** Milliseconds that this process has waited: pauses, and deadlines that came. */
let waited: number;
let onData: (socket: Socket) => void;
const clock: Clock = { now: () => new Date(), sleep: async (ms) => void (waited += ms) };

/** A server that takes every connection and says nothing. */
beforeEach(async () => {
  waited = 0;
  onData = () => undefined;
  agent = new Agent();
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => onData(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await agent.destroy();
  server.close();
});

const way = () => ({ dispatcher: agent, connect: createConnect(), lookup: async () => ['127.0.0.1'] });
const drain = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const piece of body) expect(piece.byteLength).toBe(0);
};
/** A signal's deadline lasts a six-hundredth of itself. */
const shortDeadlines = (): void => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    waited += ms;
    return timeout(Math.ceil(ms / 600));
  });
};
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

const calls: [string, (client: RegistryClient) => Promise<unknown>][] = [
  ['a manifest', (client) => client.getManifest(repository, 'v1')],
  ['whether a manifest is there', (client) => client.headManifest(repository, 'v1')],
  ['whether a blob is there', (client) => client.blobExists(repository, blob.digest)],
  ['a blob', async (client) => drain(await client.getBlob(repository, blob))],
  ['what refers to a manifest', (client) => client.listReferrers(repository, blob.digest)],
  ['its tags', (client) => client.listTags(repository)],
  ['to take a blob', (client) => client.putBlob(repository, blob, Buffer.from('blob'))],
  ['to take a blob over', (client) => client.mountBlob(repository, blob.digest, 'lf-acme/other')],
  ['to take a manifest', (client) => client.putManifest(repository, manifest, { tag: 'v1' })],
  ['to delete a manifest', (client) => client.deleteManifest(repository, blob.digest)],
];
const ownCalls: [string, (own: OwnRegistry) => Promise<unknown>][] = [
  ['for its images', (own) => own.images(repository, never)],
  ['to delete images', (own) => own.deleteImages(repository, [blob.digest], never)],
];

describe('a registry that takes a request and never answers', () => {
  it.each([...ownCalls, ...calls.map(([what, call]) => [what, (own: OwnRegistry) => call(own.client)] as const)])(
    'asked %s is given up',
    async (_, call) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onData = () => {
        waited += minute;
        setImmediate(() => vi.advanceTimersByTime(minute));
      };
      const own = distributionRegistry({
        ...{ host, prefix: 'lf-acme', credentials: undefined, way: way(), clock, plainHttp: true },
      });
      const error = await failureOf(call(own));
      expect(error).toMatchObject({ code: 'LF-OCI-002', temporary: true });
      expect(String(error)).toContain('nothing came or went for 60 s');
      expect(waited).toBeLessThanOrEqual(bearable);
      await own.client.close();
    },
  );
});

describe("the vendor's registry that takes a connection and never says hello", () => {
  it.each(calls.slice(0, 5))('asked for %s is given up', async (_, call) => {
    shortDeadlines();
    const vendor = createVendorRegistries({ host, credentials: async () => undefined, wayTo: way, clock });
    const error = await failureOf(call(vendor.at(host)));
    expect(error).toMatchObject({ code: 'LF-OCI-002', temporary: true });
    expect(waited).toBeGreaterThan(0);
    expect(waited).toBeLessThanOrEqual(bearable);
    await vendor.at(host).close();
  });
});

describe("ECR's own calls", () => {
  it.each([
    ...ownCalls,
    ['for a repository', (own: OwnRegistry) => own.ensureRepository(repository)],
    ['who made a repository', (own: OwnRegistry) => own.made(repository, never)],
    ['for a token', (own: OwnRegistry) => own.client.listTags(repository)],
  ] as const)('asked %s are given up when nobody answers', async (_, call) => {
    shortDeadlines();
    const ecr = new ECRClient({
      region: 'eu-central-1',
      endpoint: `http://${host}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      requestHandler: dialedHandler(agent),
    });
    const own = ecrRegistry({ host, prefix: 'lf-acme', ecr, way: way(), clock });
    const error = await failureOf(call(own));
    expect(error).toBeInstanceOf(LandfallError);
    expect(error).toMatchObject({ temporary: true });
    expect(waited).toBeGreaterThan(0);
    expect(waited).toBeLessThanOrEqual(bearable);
    ecr.destroy();
    await own.client.close();
  });
});
