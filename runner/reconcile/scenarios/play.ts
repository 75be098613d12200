import type { PassResult } from '../../ports.ts';
import { createFakeInstall, type FakeInstall } from '../../testing/index.ts';
import { injectFault } from './faults.ts';
import type { Meddling, Outcome, Scenario, Wish } from './scenario.ts';

const triesAgain = 6;

export type Played = { seen: object; wanted: object };

/** Plays one row on fakes: what was done and is there in the end, and what the row says of it. */
export async function play(scenario: Scenario): Promise<Played> {
  const install = createFakeInstall();
  try {
    for (const wish of scenario.before ?? []) {
      const runner = await install.startRunner();
      await passToRest(() => runner.pass(acceptOf(install, wish)), triesAgain);
    }
    for (const meddling of scenario.meanwhile ?? []) await meddle(install, meddling);
    if (scenario.policy !== undefined) install.policy.now = { ...install.policy.now, ...scenario.policy };
    install.helm.calls.length = 0;
    install.cloud.calls.length = 0;
    if (scenario.fault !== undefined) injectFault(install, scenario.fault);
    return { seen: await settleAndLook(install, scenario), wanted: wantedOf(scenario.then) };
  } finally {
    install.dispose();
  }
}

async function settleAndLook(install: FakeInstall, { wants, passes, then }: Scenario): Promise<object> {
  const state = wants === undefined ? install.accept(null) : acceptOf(install, wants);
  const runner = await startWhenPossible(install);
  const result = await passToRest(() => runner.pass(state), passes ?? triesAgain);
  install.kubernetes.before = () => undefined;
  const status = runner.reconciler.status();
  const calls = [...install.helm.calls, ...install.cloud.calls];
  const waitsFor = status.waitingFor?.message ?? '';
  return {
    ends: result.kind === 'waiting' ? result.reason : result.kind,
    inForce: status.observed?.version ?? null,
    denied: status.denied.map(({ version }) => version),
    ...(then.there === undefined ? {} : { there: install.deployments() }),
    ...(then.says === undefined
      ? {}
      : { says: status.conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`) }),
    ...(then.waitsFor === undefined || then.waitsFor.test(waitsFor) ? {} : { waitsFor }),
    missed: missing(calls, then.calls ?? []),
    made: calls.filter((call) => then.never?.includes(call)),
    // Whatever happened: nothing is left half-way that the next pass would stumble over.
    locked: install.cloud.lockedBy !== null,
  };
}

function wantedOf({ ends, inForce, there, denied, says }: Outcome): object {
  const looked = { ...(there && { there }), ...(says && { says }) };
  return { ends, inForce, denied: denied ?? [], ...looked, missed: [], made: [], locked: false };
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

/** Passes until it is done, or waits for somebody else. */
async function passToRest(pass: () => Promise<PassResult | 'killed'>, passes: number): Promise<PassResult> {
  for (let made = 1; ; made++) {
    const result = await pass();
    if (result === 'killed') throw new Error('killed');
    if (result.kind !== 'waiting' || result.until === null || made >= passes) return result;
    if (result.reason === 'MaintenanceWindow' || result.reason === 'Freeze') return result;
  }
}

function acceptOf(install: FakeInstall, { version, components, inputs, secrets }: Wish) {
  return install.accept(install.release(version, components), {
    ...(inputs && { inputs }),
    ...(secrets && { secrets }),
  });
}

async function meddle(install: FakeInstall, meddling: Meddling): Promise<void> {
  const namespace = 'shop';
  if ('deletes' in meddling) {
    const apiVersion = meddling.deletes === 'Deployment' ? 'apps/v1' : 'v1';
    await install.kubernetes.delete({ apiVersion, kind: meddling.deletes, namespace, name: meddling.name });
  } else if ('uninstalls' in meddling) {
    await install.helm.uninstall({ name: meddling.uninstalls, namespace, timeoutMs: 1 });
  } else if ('leavesPending' in meddling) {
    const last = install.helmHistory(meddling.leavesPending).length;
    const ref = {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace,
      name: `sh.helm.release.v1.${meddling.leavesPending}.v${last}`,
    };
    await install.kubernetes.patch(ref, { metadata: { labels: { status: 'pending-upgrade' } } });
  } else if ('edits' in meddling) {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: meddling.edits };
    await install.kubernetes.patch(ref, { data: meddling.data });
  } else {
    const dying = await install.startRunner({ killAt: { kind: meddling.kills, when: 'during' } });
    const how = await dying.pass(acceptOf(install, meddling.on));
    if (how !== 'killed') throw new Error(`it was to be killed at ${meddling.kills}, and ended by itself`);
  }
}

/** What of `wanted` does not come, in this order, within `calls`. */
function missing(calls: readonly string[], wanted: readonly string[]): string[] {
  let at = 0;
  return wanted.filter((call) => {
    const found = calls.indexOf(call, at);
    if (found >= 0) at = found + 1;
    return found < 0;
  });
}
