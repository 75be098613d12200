import { describe, expect, it } from 'vitest';
import { type JsonObject, LandfallError, pinnedKeysVerifier, runnerPolicySchema } from '../../contract/index.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { createRequests } from './requests.ts';
import { controlPlaneKey, signedRequests, strangersKey } from './testing/documents.ts';

const later = '2026-01-07T00:00:00.000Z';
const restart = (changes: JsonObject = {}): JsonObject => ({
  id: 'r1',
  verb: 'restart',
  component: 'web',
  expiresAt: later,
  ...changes,
});

function install() {
  const kubernetes = createFakeKubernetes();
  const done: string[] = [];
  const refused: string[] = [];
  const state = { policy: runnerPolicySchema.parse({}), fails: false, whenWaiting: (): void => undefined };
  const start = () => {
    const requests = createRequests({
      install: 'acme',
      verifier: pinnedKeysVerifier([controlPlaneKey.publicKeyPem]),
      store: createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 }),
      clock: { now: () => new Date('2026-01-06T00:00:00.000Z'), sleep: () => Promise.resolve(state.whenWaiting()) },
      backoff: () => 1000,
      onWaiting: () => undefined,
      policy: () => state.policy,
      events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
      restart: (component, id) =>
        state.fails
          ? Promise.reject(new Error('it does not start'))
          : Promise.resolve(void done.push(`${id} ${component}`)),
      onRefused: (error) => refused.push(`${error.code}: ${error.message}`),
      signal: new AbortController().signal,
    });
    return async (sequence: number, list: JsonObject[], key = controlPlaneKey): Promise<void> => {
      requests.receive(await signedRequests({ sequence, requests: list }, key));
      await requests.settled();
    };
  };
  return { start, done, refused, state, kubernetes };
}

describe('requests', () => {
  it('are carried out once, also when the list is read again after a restart or grows', async () => {
    const acme = install();
    await acme.start()(1, [restart()]);
    await acme.start()(1, [restart()]);
    await acme.start()(2, [restart(), restart({ id: 'r2', component: 'broker' })]);
    expect(acme.done).toEqual(['r1 web', 'r2 broker']);
    expect(acme.refused).toEqual([]);
  });

  it('are neither lost nor repeated when the cluster is away while they are carried out', async () => {
    const acme = install();
    acme.kubernetes.before = ({ verb, name }) => {
      if (name !== 'lf-requests' || verb === 'get') return;
      throw new LandfallError('LF-RUNNER-001', 'the API server did not answer', { temporary: true });
    };
    acme.state.whenWaiting = () => {
      acme.kubernetes.before = () => undefined;
    };
    await acme.start()(1, [restart()]);
    await acme.start()(1, [restart()]);
    expect([acme.done, acme.refused]).toEqual([['r1 web'], []]);
  });

  it.each([
    ['with an unknown verb', restart({ verb: 'shell' }), 'does not know the verb'],
    ['that have expired', restart({ expiresAt: '2026-01-05T00:00:00.000Z' }), 'expired'],
    ['without a component', { id: 'r1', verb: 'restart', expiresAt: later }, 'names no component'],
  ])('%s are answered as refused', async (_name, request, why) => {
    const acme = install();
    await acme.start()(1, [request]);
    expect(acme.done).toEqual([]);
    expect(acme.refused.join()).toMatch(new RegExp(`^LF-RUNNER-068.*${why}`));
  });

  it('are refused while the customer has paused everything', async () => {
    const acme = install();
    acme.state.policy = runnerPolicySchema.parse({ paused: true });
    await acme.start()(1, [restart()]);
    expect([acme.done, acme.refused.length]).toEqual([[], 1]);
  });

  it('that fail are told, and are not tried again unasked', async () => {
    const acme = install();
    acme.state.fails = true;
    await acme.start()(1, [restart()]);
    acme.state.fails = false;
    await acme.start()(1, [restart()]);
    expect(acme.done).toEqual([]);
    expect(acme.refused.join()).toContain('it does not start');
  });

  it('of a stranger are refused', async () => {
    const acme = install();
    await acme.start()(1, [restart()], strangersKey);
    expect(acme.refused.join()).toContain('LF-CONTRACT-006');
    expect(acme.done).toEqual([]);
  });
});
