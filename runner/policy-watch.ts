import { type RunnerPolicy, describeError, parseValue, runnerPolicySchema } from '../contract/index.ts';
import type { KubeObject, Kubernetes } from './kubernetes/index.ts';
import type { EventSink, PolicySource } from './ports.ts';

export const policyType = { apiVersion: 'landfall.dev/v1alpha1', kind: 'RunnerPolicy' } as const;
const policyName = 'default';

export type WatchedPolicy = PolicySource & {
  /** Resolves when the customer's policy is known. */
  known: Promise<void>;
  run(signal: AbortSignal): Promise<void>;
};

/** Follows the customer's RunnerPolicy `default`. One that cannot be read stops all changes: a limit that is not understood may not be passed. */
export function watchPolicy(options: {
  kubernetes: Kubernetes;
  namespace: string;
  events: EventSink;
  onChange: () => void;
}): WatchedPolicy {
  let policy: RunnerPolicy = runnerPolicySchema.parse({ paused: true });
  let unreadable: string | null = null;
  let tell: () => void = () => undefined;
  const known = new Promise<void>((resolve) => {
    tell = resolve;
  });

  const take = (object: KubeObject | undefined): void => {
    const before = JSON.stringify([policy, unreadable]);
    policy = read(object);
    tell();
    if (JSON.stringify([policy, unreadable]) !== before) options.onChange();
  };
  const read = (object: KubeObject | undefined): RunnerPolicy => {
    unreadable = null;
    try {
      return parseValue(object?.['spec'] ?? {}, runnerPolicySchema, `the RunnerPolicy ${policyName}`);
    } catch (error) {
      const message = `nothing is changed until the RunnerPolicy can be read: ${describeError(error)}`;
      unreadable = message;
      options.events.event({ reason: 'PolicyUnreadable', component: null, severity: 'warning', message });
      return runnerPolicySchema.parse({ paused: true });
    }
  };

  return {
    current: () => policy,
    unreadable: () => unreadable,
    known,
    run: async (signal) => {
      const { kubernetes, namespace } = options;
      for await (const seen of kubernetes.observe({ ...policyType, namespace }, signal)) {
        if (seen.type === 'listed') take(seen.objects.find(({ metadata }) => metadata.name === policyName));
        else if (seen.event.object.metadata.name === policyName) {
          take(seen.event.type === 'DELETED' ? undefined : seen.event.object);
        }
      }
    },
  };
}
