import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { type Clock, type RunnerPolicy, runnerPolicySchema, sha256, systemClock } from '../../contract/index.ts';
import { createEffects, openJournal } from '../effects/index.ts';
import type { AcceptedState, PassResult } from '../ports.ts';
import { createReconciler, type WatchedReconciler } from '../reconcile/index.ts';
import { createStore } from '../store/index.ts';
import type { FakeComponent } from './fake-component.ts';
import { type GuardedCluster, guardedMirror } from './guarded-cluster.ts';
import { acceptedOf } from './accepted-of.ts';
import { releaseOf } from './release-of.ts';
import { shopInstall, silent, unused, wholeMirror } from './shop-install.ts';

export type GuardedReconciler = {
  reconciler: WatchedReconciler;
  /** A release of these components (manifests and jobs), to be passed towards. */
  accept(version: string, ...components: FakeComponent[]): AcceptedState;
  /** Passes, as the loop makes them, until it rests or waits for more than a moment. */
  reach(state: AcceptedState, superseded?: AbortSignal): Promise<PassResult>;
  policy: { now: RunnerPolicy };
  /** Nobody has to wait for an hour: the runner's time of day goes on by so much. */
  later(ms: number): void;
  /** `<reason> <component>: <message>` */
  events: string[];
  /** As the customer's admin: what the runner has written down that components need. */
  giveRights(): Promise<void>;
  /** Another runner takes over from this one. */
  restarted(): Promise<GuardedReconciler>;
};

/** The reconciler as the runner's own account with the rights of its chart, each component as an account of its own: no Helm, no Terraform. */
export async function startGuardedReconciler(world: GuardedCluster): Promise<GuardedReconciler> {
  const contents = new Map<string, unknown>();
  let sequence = 0;
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
  const policy = { now: runnerPolicySchema.parse({}) };
  const never = new AbortController().signal;
  const workDir = join(world.ground.dir, 'runner');
  await mkdir(workDir, { recursive: true });
  const artifactOf = (content: unknown) => {
    const digest = sha256(JSON.stringify(content));
    contents.set(digest, content);
    return { repository: 'shop/web', digest, mediaType: 'x/y', size: 1 };
  };
  const start = async (): Promise<GuardedReconciler> => {
    const { kubernetes, impersonation } = world;
    const events: string[] = [];
    const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
    const lease = { epoch: 1, signal: never };
    const helm = new Proxy(Object.create(null), { get: () => unused });
    const reconciler = createReconciler({
      ...{ store, kubernetes, workDir, clock, helm },
      effects: createEffects({ journal: await openJournal(store), clock, lease, stop: never }),
      namespace: 'landfall-system',
      postRenderer: '',
      accounts: { impersonation, helmAs: () => helm },
      tofuIn: unused,
      mirror: wholeMirror({
        referenceOf: ({ digest }) => `${guardedMirror}/shop/web@${digest}`,
        fetchManifests: async ({ digest }, file) => writeFile(file, JSON.stringify(contents.get(digest))),
      }),
      policy: { current: () => policy.now },
      events: {
        ...silent,
        event: ({ reason, component, message }) => void events.push(`${reason} ${component}: ${message}`),
      },
      install: shopInstall,
      backoff: () => 200,
      onStatus: () => undefined,
    });
    return {
      ...{ reconciler, policy, events },
      accept: (version, ...components) => {
        const making = { namespace: 'shop', artifactOf, chartImages: [], healthSeconds: () => 30 };
        return acceptedOf(++sequence, 'vendor.test', releaseOf(making, version, components));
      },
      reach: async (state, superseded = never) => {
        for (let passes = 0; ; passes += 1) {
          const result = await reconciler.pass(state, { stop: never, superseded });
          const until = result.kind === 'waiting' ? (result.until?.getTime() ?? null) : null;
          const pause = until === null ? null : until - clock.now().getTime();
          if (pause === null || pause > 5000 || passes === 20) return result;
          await systemClock.sleep(Math.max(0, pause));
        }
      },
      later: (ms) => {
        ahead += ms;
      },
      giveRights: () => giveRights(world),
      restarted: start,
    };
  };
  return start();
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const asked = z.looseObject({ kind: z.string(), metadata: z.looseObject({ namespace: z.string().optional() }) });

/** As the customer's admin: all that the runner has written down; there is always more than one role. */
export async function giveRights(world: GuardedCluster): Promise<void> {
  const path = '/api/v1/namespaces/landfall-system/configmaps/landfall-rights-needed';
  const { data } = z.object({ data: z.object({ 'rights.yaml': z.string() }) }).parse(await world.admin('GET', path));
  for (const document of parseAllDocuments(data['rights.yaml'])) {
    const object = asked.parse(document.toJS());
    const { namespace } = object.metadata;
    const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const root = object.kind === 'Namespace' ? '/api/v1' : rbac;
    await world.admin('POST', `${root}${place}/${object.kind.toLowerCase()}s`, object);
  }
}
