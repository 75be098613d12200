import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerPolicySchema, systemClock } from '../../contract/index.ts';
import { createHelm, createProcessRunner, writePostRendererPlugin } from '../../engines/index.ts';
import { createLoop, type Loop } from '../loop.ts';
import type { PassResult } from '../ports.ts';
import { createReconciler, type WatchedReconciler } from '../reconcile/index.ts';
import { bundle } from './bundle.ts';
import { type RealCluster } from './real-cluster.ts';
import { firstRunner, shopInstall, unused, wholeMirror } from './shop-install.ts';

export type RealReconciler = {
  loop: Loop;
  reconciler: WatchedReconciler;
  results: PassResult[];
  /** Every event and every line of the log, as it would be told. */
  told: string[];
  stop(): Promise<void>;
};

/** The reconciler with its loop, the real Helm and the real post-renderer, on a real API server. `charts`: paths of .tgz by digest. */
export async function startRealReconciler(
  world: RealCluster,
  options: { helm: string; charts: ReadonlyMap<string, string> },
): Promise<RealReconciler> {
  const { kubernetes, ground } = world;
  const workDir = join(ground.dir, 'runner');
  const pluginsDir = join(workDir, 'plugins');
  await mkdir(workDir, { recursive: true });
  const postRenderer = await writePostRendererPlugin(pluginsDir, {
    command: process.execPath,
    args: [await bundle('post-render/main.ts', workDir)],
  });
  const stop = new AbortController();
  const results: PassResult[] = [];
  const told: string[] = [];
  const { store, effects } = await firstRunner(kubernetes, stop.signal);
  const reconciler = createReconciler({
    store,
    effects,
    kubernetes,
    clock: systemClock,
    workDir,
    postRenderer,
    namespace: 'landfall-system',
    helm: createHelm({
      binary: options.helm,
      homeDir: join(workDir, 'helm'),
      pluginsDir,
      connection: { kind: 'kubeconfig', path: world.kubeconfigPath },
      runProcess: createProcessRunner({ clock: systemClock }),
    }),
    tofuIn: unused,
    mirror: wholeMirror({
      referenceOf: (artifact) => `mirror.test/lf/${artifact.repository}@${artifact.digest}`,
      fetchChart: async (artifact, file) => copyFile(options.charts.get(artifact.digest) ?? '', file),
    }),
    policy: { current: () => runnerPolicySchema.parse({}) },
    events: {
      event: ({ reason, component, message }) => told.push(`${reason} ${component}: ${message}`),
      componentState: () => undefined,
      log: (level, message, fields) => told.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    },
    install: shopInstall,
    onStatus: (status) => told.push(JSON.stringify(status)),
  });
  const loop = createLoop({ reconciler, kubernetes, clock: systemClock, onPass: (result) => results.push(result) });
  const running = loop.run(stop.signal);
  return {
    loop,
    reconciler,
    results,
    told,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
