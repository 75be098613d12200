import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Clock,
  type Envelope,
  LandfallError,
  pinnedKeysVerifier,
  runnerPolicySchema,
} from '../../contract/index.ts';
import type { Effects } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import type { Guards } from './accept.ts';
import { type Acceptance, createAcceptance } from './acceptance.ts';
import type { ReleaseBytes } from './accept-release.ts';
import { createKeptState } from './kept-state.ts';
import {
  controlPlaneKey,
  desiredDocument,
  pipelineKey,
  releaseComponent,
  releaseDocument,
  signedDesired,
  signedRelease,
  targetOf,
} from './testing/documents.ts';

const directly: Effects = {
  run: (_kind, _about, fn) => fn({ signal: new AbortController().signal, onSpawn: () => Promise.resolve() }),
};

/** Stands still; a sleeper is woken by hand. */
function frozenClock(): Clock & { wake(): void; sleepers(): number; set(iso: string): void } {
  let now = new Date('2026-01-06T00:00:00.000Z');
  let sleepers: (() => void)[] = [];
  return {
    now: () => now,
    set: (iso) => {
      now = new Date(iso);
    },
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push(resolve);
        signal?.addEventListener('abort', () => reject(new Error('stopped')));
      }),
    wake: () => {
      for (const resolve of sleepers.splice(0)) resolve();
      sleepers = [];
    },
    sleepers: () => sleepers.length,
  };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

/** One install's cluster, in which runners are started one after the other. */
function install() {
  const kubernetes = createFakeKubernetes();
  let epoch = 0;
  let vendor: (digest: string) => Promise<ReleaseBytes> = () => Promise.reject(new Error('no vendor'));
  const policy = { now: runnerPolicySchema.parse({}) };
  const start = async (guards: Guards = {}) => {
    epoch++;
    const mine = epoch;
    const clock = frozenClock();
    const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => mine });
    const verifiers = {
      desiredStateVerifier: pinnedKeysVerifier([controlPlaneKey.publicKeyPem]),
      releaseVerifier: pinnedKeysVerifier([pipelineKey.publicKeyPem]),
    };
    const accepted: number[] = [];
    const acceptance: Acceptance = createAcceptance({
      install: 'acme',
      product: 'shop',
      namespace: 'landfall-system',
      vendorRegistry: 'vendor.test',
      ...verifiers,
      kept: createKeptState({ store, effects: directly, install: 'acme', ...verifiers }),
      source: { read: (target) => vendor(target.digest) },
      policy: () => policy.now,
      clock,
      backoff: () => 1000,
      onAccepted: (state) => accepted.push(state.desired.sequence),
      onChange: () => undefined,
      onRefused: () => undefined,
      guards,
    });
    await acceptance.start();
    const receive = async (envelope: Envelope): Promise<void> => {
      acceptance.receive({ desiredState: envelope });
      await acceptance.settled();
    };
    return { acceptance, receive, accepted, clock };
  };
  return {
    kubernetes,
    policy,
    start,
    serve: (...releases: ReleaseBytes[]) => {
      vendor = (digest) => {
        const found = releases.find((release) => targetOf(release)['digest'] === digest);
        return found === undefined
          ? Promise.reject(new LandfallError('LF-RUNNER-064', 'not there', { temporary: true }))
          : Promise.resolve(found);
      };
    },
    vendorAway: () => {
      vendor = () => Promise.reject(new LandfallError('LF-RUNNER-064', 'the registry is away', { temporary: true }));
    },
  };
}

describe('what is in force', () => {
  let acme: ReturnType<typeof install>;
  let first: ReleaseBytes;
  let second: ReleaseBytes;
  beforeEach(async () => {
    acme = install();
    first = await signedRelease();
    second = await signedRelease(releaseDocument({ version: '1.1.0' }));
    acme.serve(first, second);
  });
  const wanting = (sequence: number, release: ReleaseBytes | null, version = '1.0.0'): Promise<Envelope> =>
    signedDesired(desiredDocument({ sequence, release: release === null ? null : targetOf(release, { version }) }));

  it('is the newest accepted document with its release', async () => {
    const runner = await acme.start();
    await runner.receive(await wanting(5, first));
    expect(runner.acceptance.current()?.release?.version).toBe('1.0.0');
    expect(runner.accepted).toEqual([5]);
  });

  it('is there again after a restart, without control plane and vendor, also after its expiry', async () => {
    await (
      await acme.start()
    ).receive(
      await signedDesired(desiredDocument({ expiresAt: '2026-01-06T00:00:01.000Z', release: targetOf(first) })),
    );
    acme.vendorAway();
    const later = await acme.start();
    expect(later.acceptance.current()?.release?.version).toBe('1.0.0');
  });

  it('stays when what arrives is refused, and the refusal is reported once', async () => {
    const runner = await acme.start();
    await runner.receive(await wanting(5, first));
    const older = await wanting(4, second, '1.1.0');
    await runner.receive(older);
    await runner.receive(older);
    expect(runner.acceptance.current()?.desired.sequence).toBe(5);
    expect(runner.acceptance.refusals().map(({ code }) => code)).toEqual(['LF-RUNNER-052']);
  });

  it('refuses what was already superseded also after a restart', async () => {
    await (await acme.start()).receive(await wanting(5, first));
    const later = await acme.start();
    await later.receive(await wanting(4, second, '1.1.0'));
    expect(later.acceptance.refusals().map(({ code }) => code)).toEqual(['LF-RUNNER-052']);
  });

  it('stays while the release of a newer document cannot be fetched, which is said, and changes when it can', async () => {
    const runner = await acme.start();
    await runner.receive(await wanting(5, first));
    acme.vendorAway();
    runner.acceptance.receive({ desiredState: await wanting(6, second, '1.1.0') });
    await until(() => runner.clock.sleepers() > 0);
    expect(runner.acceptance.waitingFor()?.reason).toBe('VendorRegistryUnreachable');
    expect(runner.acceptance.current()?.desired.sequence).toBe(5);
    acme.serve(second);
    runner.clock.wake();
    await runner.acceptance.settled();
    expect([runner.acceptance.current()?.release?.version, runner.acceptance.waitingFor()]).toEqual(['1.1.0', null]);
  });

  it('is not held up by a forged document while a genuine one waits for its release', async () => {
    const runner = await acme.start();
    acme.vendorAway();
    runner.acceptance.receive({ desiredState: await wanting(6, second, '1.1.0') });
    await until(() => runner.clock.sleepers() > 0);
    runner.acceptance.receive({ desiredState: await wanting(3, first) });
    await until(() => runner.acceptance.refusals().length > 0 || runner.clock.sleepers() === 0);
    acme.serve(second);
    runner.clock.wake();
    await runner.acceptance.settled();
    expect(runner.acceptance.current()?.desired.sequence).toBe(6);
  });

  it('is the newer of two when the older one still waits for its release', async () => {
    const runner = await acme.start();
    acme.serve(second);
    runner.acceptance.receive({ desiredState: await wanting(5, first) });
    await until(() => runner.clock.sleepers() > 0);
    runner.acceptance.receive({ desiredState: await wanting(6, second, '1.1.0') });
    await runner.acceptance.settled();
    expect(runner.accepted).toEqual([6]);
  });

  it('does not change while the release comes from a registry that the customer does not allow, and does when the policy does', async () => {
    const runner = await acme.start();
    acme.policy.now = runnerPolicySchema.parse({ allowedRegistries: ['mirror.acme.test'] });
    await runner.receive(await wanting(5, first));
    expect(runner.acceptance.refusals().map(({ code }) => code)).toEqual(['LF-RUNNER-055']);
    acme.policy.now = runnerPolicySchema.parse({ allowedRegistries: ['vendor.test'] });
    runner.acceptance.reconsider();
    await runner.acceptance.settled();
    expect(runner.acceptance.current()?.desired.sequence).toBe(5);
  });

  it('does not change when a document expires while it waits for its release', async () => {
    const runner = await acme.start();
    acme.vendorAway();
    const expiresAt = '2026-01-07T00:00:00.000Z';
    const envelope = await signedDesired(desiredDocument({ expiresAt, release: targetOf(first) }));
    runner.acceptance.receive({ desiredState: envelope });
    await until(() => runner.clock.sleepers() > 0);
    acme.serve(first);
    runner.clock.set('2026-01-07T00:00:00.000Z');
    runner.clock.wake();
    await runner.acceptance.settled();
    expect([runner.acceptance.current(), runner.acceptance.refusals().map(({ code }) => code)]).toEqual([
      null,
      ['LF-RUNNER-053'],
    ]);
  });

  it.each([
    ['a component is in the runner’s namespace', { namespace: 'landfall-system' }, {}],
    ['a component is in Kubernetes’ own', { namespace: 'kube-system' }, {}],
    [
      'a secret input is the runner’s own',
      {},
      { key: { store: 'kubernetes', namespace: 'landfall-system', name: 'lf-runner-key', key: 'private-key.pem' } },
    ],
  ])('does not change when %s', async (_, change, secrets) => {
    const names = Object.keys(secrets).map((name) => ({ name, description: '' }));
    const inputs = { schema: { type: 'object' }, secrets: names };
    const reaching = await signedRelease(releaseDocument({ inputs, components: [{ ...releaseComponent, ...change }] }));
    acme.serve(reaching);
    const envelope = await signedDesired(desiredDocument({ release: targetOf(reaching), secrets }));
    const runner = await acme.start();
    await runner.receive(envelope);
    expect([runner.acceptance.current(), runner.acceptance.refusals().map(({ code }) => code)]).toEqual([
      null,
      ['LF-RUNNER-071'],
    ]);
    const unguarded = await acme.start({ namespace: false });
    await unguarded.receive(envelope);
    expect(unguarded.acceptance.current()?.desired.sequence).toBe(5);
  });

  it('does not change when the release is for other platforms than the runner’s', async () => {
    const elsewhere = await signedRelease(releaseDocument({ platforms: ['linux/s390x'] }));
    acme.serve(elsewhere);
    const runner = await acme.start();
    await runner.receive(await wanting(5, elsewhere));
    expect([runner.acceptance.current(), runner.acceptance.refusals().map(({ code }) => code)]).toEqual([
      null,
      ['LF-RELEASE-014'],
    ]);
  });

  it('keeps its highest sequence when the kept documents are damaged, and takes the same document again', async () => {
    const envelope = await wanting(5, first);
    await (await acme.start()).receive(envelope);
    await acme.kubernetes.delete({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'landfall-system',
      name: 'lf-desired-5',
    });
    const later = await acme.start();
    expect(later.acceptance.refusals().map(({ code }) => code)).toEqual(['LF-RUNNER-059']);
    await later.receive(await wanting(4, first));
    expect(later.acceptance.current()).toBe(null);
    await later.receive(envelope);
    expect(later.acceptance.current()?.desired.sequence).toBe(5);
  });

  it('forgets documents that are no longer in force', async () => {
    const runner = await acme.start();
    await runner.receive(await wanting(5, first));
    await runner.receive(await wanting(6, second, '1.1.0'));
    const kept = acme.kubernetes
      .all('ConfigMap')
      .map(({ metadata }) => metadata.name)
      .filter((name) => /^lf-(desired|release)-/.test(name));
    expect(kept).toHaveLength(2);
    expect(kept).toContain('lf-desired-6');
  });
});
