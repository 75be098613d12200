import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { artifactsOf, systemClock } from '../../contract/index.ts';
import { freePorts, requireEngines } from '../../dev/index.ts';
import { createNetwork } from '../../oci/index.ts';
import type { Effects, EventSink } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { distributionRegistry } from './distribution-registry.ts';
import { createKeptReleases } from './garbage/kept-releases.ts';
import { createMirror } from './mirror.ts';
import { createMirrorRecord } from './record.ts';
import { vendorImages } from './testing/vendor-images.ts';

const engines = await requireEngines('registry');
const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
const logins = {
  first: { username: 'runner', password: 'first-password' },
  second: { username: 'second', password: 'second-password' },
};
/** bcrypt of the two passwords above. */
const htpasswd = [
  'runner:$2b$05$abcdefghijklmnopqrstuuM3sQey8DZviRRkMjmk7wGr.7zlb4loC',
  'second:$2b$05$abcdefghijklmnopqrstuuQQ3svipWaDLu5Kgwa3hvLrUP0FshBnK',
];

describe.skipIf(!engines.available)('the mirror in a registry with a login (CNCF distribution)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-distribution-'));
  const children: ChildProcess[] = [];
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  const start = async (name: string, deletes: boolean): Promise<string> => {
    const [port = 0] = await freePorts('127.0.0.1', 1);
    const file = join(dir, `${name}.yml`);
    const storage = `storage: { filesystem: { rootdirectory: "${dir}/${name}" }, delete: { enabled: ${deletes} } }`;
    writeFileSync(join(dir, `${name}.htpasswd`), `${htpasswd.join('\n')}\n`);
    const auth = `auth: { htpasswd: { realm: test, path: "${dir}/${name}.htpasswd" } }`;
    const http = `http: { addr: "127.0.0.1:${port}", secret: test }`;
    writeFileSync(file, `version: 0.1\nlog: { level: error }\n${storage}\n${auth}\n${http}\n`);
    children.push(spawn(engines.path('registry'), ['serve', file], { stdio: 'ignore' }));
    return `127.0.0.1:${port}`;
  };

  const customer = (host: string, login: () => { username: string; password: string } | undefined) => {
    const network = createNetwork();
    const own = distributionRegistry({
      ...{ host, prefix: 'lf-acme', clock: systemClock, plainHttp: true },
      way: { connect: network.connect(), lookup: network.lookup },
      credentials: async () => login(),
    });
    const events: string[] = [];
    const said: EventSink = {
      event: ({ reason }) => void events.push(reason),
      componentState: () => undefined,
      log: () => undefined,
    };
    const store = createStore({ kubernetes: createFakeKubernetes(), namespace: 'landfall-system', epoch: () => 1 });
    const mirror = (vendor: Awaited<ReturnType<typeof vendorImages>>['vendor']) =>
      createMirror({
        vendor: { at: () => vendor },
        ...{ own, effects: directly, events: said, clock: systemClock, keepReleases: 1 },
        record: createMirrorRecord(store),
        kept: createKeptReleases(store),
        copy: { platforms: [], referrers: true },
        inUse: async () => new Set(),
      });
    return { own, mirror, events };
  };

  it.each([
    ['that deletes: what no kept release needs goes', true, ['MirrorTidied']],
    ['that deletes nothing: that is told, and everything stays', false, ['MirrorNotTidied']],
  ])('%s', async (_, deletes, told) => {
    const { vendor, releaseOf } = await vendorImages({ a: [], b: ['b1', 'b2'], c: ['b1', 'c2'] });
    let login: (typeof logins)['first'] = logins.first;
    const { own, mirror: of, events } = customer(await start(`deletes-${deletes}`, deletes), () => login);
    const mirror = of(vendor);
    const old = releaseOf(1, ['b']);
    const next = releaseOf(2, ['c']);
    const there = async (release: typeof old): Promise<string[]> => {
      const found = [];
      for (const { digest } of artifactsOf(release))
        for (const each of [digest, ...vendor.childrenOf('shop/images', digest)])
          if ((await own.client.headManifest('lf-acme/shop/images', each)) !== undefined) found.push(each);
      return found;
    };
    await mirror.ensure(old, 'vendor.test', { onProgress: () => undefined, signal: never });
    await mirror.tend({ lastGood: old, accepted: old, registry: 'vendor.test' }, never);
    const before = await there(old);
    expect(before).toHaveLength(4);
    // The customer has taken the first login away and changed the Secret.
    login = logins.second;
    writeFileSync(join(dir, `deletes-${deletes}.htpasswd`), `${htpasswd[1]}\n`);
    await mirror.ensure(next, 'vendor.test', { onProgress: () => undefined, signal: never });
    await mirror.tend({ lastGood: next, accepted: next, registry: 'vendor.test' }, never);
    expect(events).toEqual(told);
    expect(await there(next)).toHaveLength(4);
    // `a` (every release's chart) and `b1` are in both.
    expect(await there(old)).toHaveLength(deletes ? 2 : 4);
  });

  it('is not filled without the login', async () => {
    const { vendor, releaseOf } = await vendorImages({ a: [] });
    const { mirror } = customer(await start('closed', true), () => undefined);
    const filling = mirror(vendor).ensure(releaseOf(1, []), 'vendor.test', {
      onProgress: () => undefined,
      signal: never,
    });
    await expect(filling).rejects.toMatchObject({ code: 'LF-OCI-003' });
  });
});
