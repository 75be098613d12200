import { createFakeInstall, type FakeInstall } from '../../testing/index.ts';
import { strikeFake } from './fake-faults.ts';
import type { Strikes } from './faults.ts';
import { lookInCluster } from './in-cluster.ts';
import type { ByHand, Wish } from './scenario.ts';
import type { Sight, Stage } from './stage.ts';
import { passToRest, triesAgain } from './to-rest.ts';

const namespace = 'shop';

/** A row's world in memory: seconds for the whole table. */
export function createFakeStage(): Stage {
  const install = createFakeInstall();
  let strikes: Strikes | null = null;
  return {
    publish: async () => undefined,
    run: async (wish, { passes = triesAgain } = {}) => {
      const state = acceptedOf(install, wish);
      const runner = await startWhenPossible(install);
      const result = await passToRest(() => runner.pass(state), passes);
      if (result === 'killed') throw new Error('killed');
      return result;
    },
    runAndKill: async (wish, killAt) => {
      const dying = await install.startRunner({ killAt });
      const how = await dying.pass(acceptedOf(install, wish));
      if (how !== 'killed') throw new Error(`it was to be killed at ${killAt.kind}, and ended by itself`);
    },
    meddle: (meddling) => meddle(install, meddling),
    policy: (policy) => {
      install.policy.now = policy;
    },
    now: () => install.clock.now(),
    strike: async (fault) => {
      strikes = strikeFake(install, fault);
    },
    heal: async () => {
      install.kubernetes.before = () => undefined;
      install.mirrorFaults.ensure = null;
      return strikes?.struck() ?? 0;
    },
    calls: () => [...install.helm.calls, ...install.cloud.calls],
    forgetCalls: () => {
      install.helm.calls.length = 0;
      install.cloud.calls.length = 0;
    },
    look: async (): Promise<Sight> => ({
      ...(await lookInCluster(install.kubernetes, { runner: 'landfall-system', product: namespace })),
      releases: releasesIn(install),
      outputs: Object.fromEntries(
        [...install.cloud.applied].map(([key, { module }]) => [key.split('/')[1] ?? '', module.outputs ?? {}]),
      ),
      locked: install.cloud.lockedBy !== null,
    }),
    close: async () => install.dispose(),
  };
}

function acceptedOf(install: FakeInstall, wish: Wish | null) {
  if (wish === null) return install.accept(null);
  const { version, components, inputs, secrets } = wish;
  const given = { ...(inputs && { inputs }), ...(secrets && { secrets }) };
  return install.accept(install.release(version, components), given);
}

/** A runner that cannot reach the cluster yet tries again, as its process does when it is started anew. */
async function startWhenPossible(install: FakeInstall) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await install.startRunner();
    } catch (error) {
      if (attempt >= triesAgain) throw error;
    }
  }
}

function releasesIn(install: FakeInstall): Record<string, string> {
  const labels = install.kubernetes.all('Secret').map(({ metadata }) => metadata.labels ?? {});
  const records = labels.filter(({ owner }) => owner === 'helm');
  const byRevision = records.toSorted((a, b) => Number(a['version']) - Number(b['version']));
  return Object.fromEntries(byRevision.map(({ name = '', status = '' }) => [name, status]));
}

async function meddle(install: FakeInstall, meddling: ByHand): Promise<void> {
  const { kubernetes, helm } = install;
  if ('deletes' in meddling) {
    const apiVersion = meddling.deletes === 'Deployment' ? 'apps/v1' : 'v1';
    await kubernetes.delete({ apiVersion, kind: meddling.deletes, namespace, name: meddling.name });
  } else if ('uninstalls' in meddling) {
    await helm.uninstall({ name: meddling.uninstalls, namespace, timeoutMs: 1 });
  } else if ('leavesPending' in meddling) {
    const last = install.helmHistory(meddling.leavesPending).length;
    const name = `sh.helm.release.v1.${meddling.leavesPending}.v${last}`;
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name };
    await kubernetes.patch(ref, { metadata: { labels: { status: 'pending-upgrade' } } });
  } else {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: meddling.edits };
    await kubernetes.patch(ref, { data: meddling.data });
  }
}
