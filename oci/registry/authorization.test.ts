import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, sha256 } from '../../contract/index.ts';
import { type FaultRegistry, startFaultRegistry } from '../../test/registry/fault-registry.ts';
import type { FaultRequest } from '../../test/registry/faults.ts';
import { createConnect } from '../network/connect.ts';
import { createAuthorizer } from './authorizer.ts';
import { wireCarrier } from './carriers.ts';
import { parseChallenge } from './challenge.ts';
import { createRegistryClient } from './client.ts';
import { readBody } from './read-body.ts';
import { createRedirectRules, type RedirectRules } from './redirects.ts';
import { createTransport } from './transport.ts';
import { createWire } from './wire/wire.ts';

let registry: FaultRegistry;
let other: FaultRegistry;
beforeEach(async () => {
  [registry, other] = [await startFaultRegistry(), await startFaultRegistry()];
});
afterEach(async () => {
  await registry.stop();
  await other.stop();
});

const basic = `Basic ${Buffer.from('user:password').toString('base64')}`;
const credentials = async () => ({ username: 'user', password: 'password' });
const blob = Buffer.from('bytes');
const content = { digest: sha256(blob), size: blob.length };
/** Whoever comes without it is asked for it. */
const demand = (challenge: string, ...accepted: string[]): void => {
  registry.content.repository('a');
  registry.fault({
    when: ({ authorization = '' }: FaultRequest) => !accepted.includes(authorization),
    fault: { kind: 'answer', status: 401, headers: { 'www-authenticate': challenge } },
  });
};
const read = async (source: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = '';
  for await (const chunk of source) text += Buffer.from(chunk).toString();
  return text;
};

describe('credentials', () => {
  it('basic: sent when asked for, then without being asked', async () => {
    demand('Basic realm="x"', basic);
    const client = createRegistryClient({ host: registry.host, plainHttp: true, credentials });
    expect(await client.listTags('a')).toEqual([]);
    expect(await client.listTags('a')).toEqual([]);
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined, basic, basic]);
    await expect(createRegistryClient({ host: registry.host, plainHttp: true }).listTags('a')).rejects.toMatchObject({
      code: 'LF-OCI-003',
    });
  });

  it('basic: refused ones are asked for anew, once', async () => {
    const asked: boolean[] = [];
    demand('Basic realm="x"', `Basic ${Buffer.from('user:2').toString('base64')}`);
    const client = createRegistryClient({
      host: registry.host,
      plainHttp: true,
      credentials: async ({ refresh = false } = {}) => {
        asked.push(refresh);
        return { username: 'user', password: refresh ? '2' : '1' };
      },
    });
    await expect(client.listTags('a')).rejects.toMatchObject({ code: 'LF-OCI-003' });
    expect(await client.listTags('a')).toEqual([]);
    expect(asked).toEqual([false, false, true]);
  });

  it('token: fetched per scope with the credentials, used until its end, both scopes for a mount', async () => {
    const realms = (): string[] =>
      other.requests.map(({ path }) => new URL(path, 'http://x').searchParams.getAll('scope').join(' '));
    const body = JSON.stringify({ token: 'abc', expires_in: 300 });
    other.fault({ when: ({ authorization }) => authorization === basic, fault: { kind: 'answer', status: 200, body } });
    demand(`Bearer realm="http://${other.host}/token",service="registry, the",scope="wrong"`, 'Bearer abc');
    let now = 0;
    const clock = { ...systemClock, now: () => new Date(now) };
    const client = createRegistryClient({ host: registry.host, plainHttp: true, credentials, clock });
    await client.listTags('a');
    await client.listTags('a');
    expect(realms()).toEqual(['repository:a:pull']);
    now = 300_000;
    await client.listTags('a');
    await client.mountBlob('b', content.digest, 'a');
    expect(realms().slice(1)).toEqual(['repository:a:pull', 'repository:a:pull repository:b:pull,push']);
    expect(registry.requests.every(({ authorization }) => authorization !== basic)).toBe(true);
  });

  it('are dropped at a redirect to another origin, and kept at one within it', async () => {
    other.fault({ fault: { kind: 'answer', status: 200, body: blob } });
    demand('Basic realm="x"', basic);
    registry.fault({ times: 1, fault: { kind: 'redirect', to: `http://${registry.host}/within` } });
    registry.fault({ times: 1, fault: { kind: 'redirect', to: `http://${other.host}/storage` } });
    const client = createRegistryClient({ host: registry.host, plainHttp: true, credentials });
    expect(await read(await client.getBlob('a', content))).toBe('bytes');
    const seen = (from: FaultRegistry) => from.requests.map(({ path, authorization }) => [path, authorization]);
    expect(seen(registry).slice(1)).toEqual([
      [`/v2/a/blobs/${content.digest}`, basic],
      ['/within', basic],
    ]);
    expect(seen(other)).toEqual([['/storage', undefined]]);
  });
});

describe('a registry that points inward', () => {
  /** The registry's name is public here, while its redirect leads to loopback, where `other` holds a secret. */
  const fetchThrough = async (redirects: (origin: URL) => RedirectRules): Promise<string> => {
    other.fault({ fault: { kind: 'answer', status: 200, body: 'the secret' } });
    registry.fault({ fault: { kind: 'redirect', to: `http://${other.host}/latest/meta-data` } });
    const origin = new URL(`http://localhost:${registry.host.split(':')[1]}`);
    const wire = createWire({ connect: createConnect() });
    const carry = wireCarrier(wire);
    const rules = redirects(origin);
    const authorizer = createAuthorizer({ origin, carry, redirects: rules, clock: systemClock });
    const send = createTransport({
      origin,
      small: carry,
      bulk: carry,
      authorizer,
      redirects: rules,
      clock: systemClock,
    });
    const response = await send({ method: 'GET', target: '/v2/a/blobs/x', expect: [200], scopes: [], what: 'x' });
    return Buffer.from(await readBody(response.body, 1000, 'x')).toString();
  };

  it('is not followed', async () => {
    const publicName = async () => ['203.0.113.1'];
    await expect(fetchThrough((origin) => createRedirectRules(origin, publicName))).rejects.toMatchObject({
      code: 'LF-OCI-007',
    });
    expect(other.requests).toEqual([]);
  });

  it('twin: without the rules the secret is read', async () => {
    expect(await fetchThrough(() => ({ check: async () => undefined }))).toBe('the secret');
  });

  it.each([
    ['https://registry.example', 'http://registry.example:81/x', 'http: is not followed'],
    ['https://registry.example', 'ftp://other.example/x', 'ftp: is not followed'],
    ['https://registry.example', 'https://user:pw@other.example/x', 'it holds credentials'],
    ['https://registry.example', 'https://169.254.169.254/x', 'its address is link-local'],
    ['https://registry.example', 'https://[::ffff:169.254.169.254]/x', 'its address is link-local'],
    ['https://registry.example', 'https://inside.example/x', 'its address is private'],
    ['https://inside.example', 'https://2130706433/x', 'its address is loopback'],
  ])('%s may not lead to %s', async (registry, target, reason) => {
    const lookup = async (name: string) => [name.startsWith('inside') ? '10.0.0.1' : '203.0.113.1'];
    await expect(createRedirectRules(new URL(registry), lookup).check(new URL(target), 'why')).rejects.toThrow(reason);
  });

  it('may lead to its own kind: a private registry to private storage', async () => {
    const lookup = async () => ['10.0.0.1'];
    const rules = createRedirectRules(new URL('https://inside.example'), lookup);
    await expect(rules.check(new URL('https://10.0.0.9/x'), 'why')).resolves.toBeUndefined();
  });
});

it.each([
  ['Basic realm="x"', { scheme: 'basic' }],
  [
    'bearer realm="https://a/t",service="s",scope="a b"',
    { scheme: 'bearer', realm: 'https://a/t', service: 's', scope: 'a b' },
  ],
  [
    String.raw`Bearer service="a\"b, c", realm=https://a/t`,
    { scheme: 'bearer', realm: 'https://a/t', service: 'a"b, c' },
  ],
  ['Negotiate', undefined],
  ['Bearer service="s"', undefined],
  [`Bearer ${'a="'.repeat(5000)}`, undefined],
])('reads the challenge %s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
