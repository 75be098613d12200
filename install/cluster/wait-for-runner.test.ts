import { describe, expect, it } from 'vitest';
import { LandfallError, systemClock } from '../../contract/index.ts';
import type { InstallContext } from '../context.ts';
import type { ClusterApi } from './cluster-api.ts';
import { waitForRunner } from './wait-for-runner.ts';

const now = new Date('2026-01-01T00:00:00.000Z');
const context: InstallContext = {
  clock: { ...systemClock, now: () => now, sleep: () => Promise.resolve() },
  runProcess: () => Promise.reject(new Error('no process is needed')),
  say: () => undefined,
  engines: { tofu: '', helm: '' },
  workDir: '/nonexistent',
};
const deployment = (readyReplicas: number) => ({
  metadata: { generation: 1 },
  spec: { replicas: 1 },
  status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas },
});
const lease = { spec: { holderIdentity: 'pod/a', renewTime: now.toISOString(), leaseDurationSeconds: 15 } };
const refused = (status: number) =>
  new LandfallError('LF-INSTALL-008', `refused with ${status}`, { details: { status } });

/** Answers in turn; an error is thrown. */
function answering(...answers: unknown[]): ClusterApi {
  return {
    ask: () => Promise.reject(new Error('not asked')),
    get: (_, schema) => {
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(schema.parse(answer));
    },
    apply: () => Promise.reject(new Error('nothing is applied')),
    close: () => Promise.resolve(),
  };
}

describe('waiting for the runner', () => {
  it('ends when its pod is ready and somebody renews its lease', async () => {
    const api = answering(deployment(0), deployment(1), lease);
    expect(await waitForRunner(context, api, 1000)).toEqual({ holder: 'pod/a' });
  });

  it('ends when the runner was quicker and has ended our access between two looks', async () => {
    expect(await waitForRunner(context, answering(deployment(0), refused(401)), 1000)).toEqual({ holder: null });
    expect(await waitForRunner(context, answering(deployment(1), refused(401)), 1000)).toEqual({ holder: null });
  });

  it.each([403, 500])('takes a refusal with %i for what it is', async (status) => {
    await expect(waitForRunner(context, answering(refused(status)), 1000)).rejects.toMatchObject({
      code: 'LF-INSTALL-008',
    });
  });
});
