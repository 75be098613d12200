import { systemClock } from '../../contract/index.ts';
import { createEffects, openJournal } from '../effects/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { EventSink, Mirror } from '../ports.ts';
import type { ReconcilerOptions } from '../reconcile/parts.ts';
import { createStore } from '../store/index.ts';

// What a runner in a test on a real API server needs and no test is about.

/** An install from which nothing of AWS is asked. */
export const shopInstall: ReconcilerOptions['install'] = {
  id: 'acme',
  product: 'shop',
  region: 'r',
  account: '1',
  prefix: 'lf-acme',
  vendorRegistry: 'vendor.test',
  state: { kind: 's3', bucket: 'b', region: 'r', kmsKeyArn: null },
  terraformEnv: {},
};

export const silent: EventSink = { event: () => undefined, componentState: () => undefined, log: () => undefined };

/** One in which everything is. What is fetched from it and not given here is a mistake of the test. */
export function wholeMirror(given: Pick<Mirror, 'referenceOf'> & Partial<Mirror>): Mirror {
  return {
    ensure: async () => undefined,
    tend: async () => undefined,
    fetchChart: unused,
    fetchManifests: unused,
    fetchModule: unused,
    fetchProviders: unused,
    ...given,
  };
}

/** For an engine that a test has no need of. */
export function unused(): never {
  throw new Error('not in this test');
}

/** What a runner writes down, of the first one there is: nobody else holds the lease. */
export async function firstRunner(kubernetes: Kubernetes, stop: AbortSignal) {
  const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
  const lease = { epoch: 1, signal: stop };
  const effects = createEffects({ journal: await openJournal(store), clock: systemClock, lease, stop });
  return { store, effects };
}
