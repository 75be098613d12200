import { mkdir } from 'node:fs/promises';
import { runnerPolicySchema, systemClock } from '../../contract/index.ts';
import { createEntityKeeper, createEntityRecords } from '../entities/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import { createMemory, type LastGood } from '../reconcile/memory/memory.ts';
import { freshParts, type ReconcilerOptions } from '../reconcile/parts.ts';
import { firstRunner, shopInstall, silent, unused, wholeMirror } from './shop-install.ts';

type Given = {
  kubernetes: Kubernetes;
  workDir: string;
  inForce: LastGood;
  /** Of what the release's entities are made; the rest of a mirror is not asked. */
  mirror: Partial<ReconcilerOptions['mirror']> & Pick<ReconcilerOptions['mirror'], 'referenceOf'>;
} & Partial<Pick<ReconcilerOptions, 'helm' | 'accounts' | 'postRenderer' | 'policy'>>;

/** The keeper of entities against a real API server; `close` ends it. */
export async function startEntitiesInCluster(given: Given) {
  const { kubernetes, workDir, inForce } = given;
  const stop = new AbortController();
  const release = { now: inForce };
  const events: string[] = [];
  await mkdir(workDir, { recursive: true });
  const { store, effects } = await firstRunner(kubernetes, stop.signal);
  const parts = freshParts({
    ...{ store, effects, kubernetes, workDir, clock: systemClock, namespace: 'landfall-system' },
    helm: given.helm ?? new Proxy(Object.create(null), { get: unused }),
    postRenderer: given.postRenderer ?? '',
    ...(given.accounts === undefined ? {} : { accounts: given.accounts }),
    tofuIn: unused,
    mirror: wholeMirror(given.mirror),
    policy: given.policy ?? { current: () => runnerPolicySchema.parse({}) },
    events: { ...silent, event: ({ reason, message }) => void events.push(`${reason}: ${message}`) },
    install: { ...shopInstall, region: 'eu-central-1' },
    onStatus: () => undefined,
  });
  const keeper = createEntityKeeper({
    parts,
    memory: createMemory(store, effects),
    records: createEntityRecords(store, effects),
    inForce: async () => release.now,
    onState: () => undefined,
  });
  const running = keeper.run(stop.signal);
  // What ended it is told by `close`; till then nobody waits for it.
  running.catch(() => undefined);
  return {
    ...{ keeper, release, events },
    close: async () => {
      stop.abort();
      await running;
    },
  };
}
