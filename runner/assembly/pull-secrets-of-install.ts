import * as z from 'zod';
import type { Release } from '../../contract/index.ts';
import type { RunnerConfig } from '../config.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { Effects, Store } from '../ports.ts';
import { type PullSecrets, createPullSecrets } from '../pull-secrets/index.ts';

const lastGoodSchema = z.object({
  release: z.object({ components: z.array(z.object({ namespace: z.string().optional() })) }),
});

/** Undefined: the nodes of this install pull by themselves, as those of EKS do. */
export function pullSecretsOfInstall(options: {
  config: RunnerConfig;
  kubernetes: Kubernetes;
  effects: Effects;
  store: Store;
  accepted: () => Release | null;
  onTrouble: (message: string) => void;
}): PullSecrets | undefined {
  const { config, kubernetes, effects, store, onTrouble } = options;
  if (config.registry.pullSecret === '') return undefined;
  return createPullSecrets({
    ...{ kubernetes, effects, onTrouble },
    source: { namespace: config.namespace, name: config.registry.pullSecret },
    namespaces: async () => {
      const lastGood = await store.get('last-good', lastGoodSchema);
      const components = [...(options.accepted()?.components ?? []), ...(lastGood?.value.release.components ?? [])];
      return new Set(
        components.flatMap((component) =>
          'namespace' in component && component.namespace !== undefined ? [component.namespace] : [],
        ),
      );
    },
  });
}
