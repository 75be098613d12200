import { expect, it } from 'vitest';
import { installIdSchema, LandfallError } from '../../contract/index.ts';
import { createFakeInstall } from '../testing/index.ts';
import { buildReport } from './build-report.ts';
import { createReportSender } from './send.ts';

const nothing = { refusals: [], channelWaitsFor: null, ending: null, sealed: null, secrets: null };
const own = { version: '0.1.0', features: [], bootId: '00000000-0000-4000-8000-000000000000', leaseEpoch: 1 };

/** What the control plane is sent by a runner that is asked for a report again and again. */
async function sentBy(install: ReturnType<typeof createFakeInstall>, passes: number): Promise<unknown[]> {
  const sent: unknown[] = [];
  const { reconciler, pass } = await install.startRunner();
  const accepted = install.accept(install.release('1.0.0', [{ name: 'gateway', chart: { deployments: ['gateway'] } }]));
  const report = createReportSender({
    build: () => {
      const status = reconciler.status();
      return buildReport({ ...nothing, install: installIdSchema.parse('acme'), runner: own, status, accepted });
    },
    mayTell: () => reconciler.hasLooked(),
    nextSequence: () => Promise.resolve(sent.length + 1),
    gate: {
      send: async (_, body) => {
        sent.push(Object(body)['observed']?.version ?? Object(body)['waitingFor']?.reason);
        return Buffer.alloc(0);
      },
    },
    authorize: () => Promise.resolve(''),
    clock: install.clock,
    backoff: () => 1,
    onTrouble: (message) => expect(message).toBe(''),
  });
  const never = new AbortController().signal;
  await report.flush(never);
  for (let made = 0; made < passes; made++) {
    await pass(accepted);
    await report.flush(never);
  }
  return sent;
}

it('a runner that has just begun does not tell that nothing is in force, but what it finds', async () => {
  const install = createFakeInstall();
  expect(await sentBy(install, 1)).toEqual(['1.0.0']);
  expect(await sentBy(install, 1)).toEqual(['1.0.0']);
  install.dispose();
});

it('one that cannot read what is in force tells why', async () => {
  const install = createFakeInstall();
  install.kubernetes.before = ({ verb, name }) => {
    if (verb === 'get' && name === 'lf-last-good')
      throw new LandfallError('LF-RUNNER-001', 'away', { temporary: true });
  };
  expect(await sentBy(install, 1)).toHaveLength(1);
  install.dispose();
});
