import type { KubeObject } from '../kubernetes/index.ts';
import { changeUnderWay, conditionHealth, readyHealth, unseen } from './any-kind.ts';
import type { KindRule } from './expressions.ts';
import { groupKindOf } from './group-kind.ts';
import { type Health, progressing } from './health.ts';
import { apiService, definition, volumeClaim } from './other-kinds.ts';
import { workloadSchema, type Workload } from './status-of.ts';
import { daemonSet, deployment, job, pod, replicaSet, statefulSet } from './workloads.ts';

type Rule = {
  judge: (name: string, workload: Workload) => Health;
  /** Its controller always says which generation it has seen. */ sees?: true;
};

/** By group and kind: a custom `Job` of another group is not Kubernetes' own. */
const rules: Readonly<Record<string, Rule>> = {
  'apps/Deployment': { judge: deployment, sees: true },
  'apps/StatefulSet': { judge: statefulSet, sees: true },
  'apps/DaemonSet': { judge: daemonSet, sees: true },
  'apps/ReplicaSet': { judge: replicaSet, sees: true },
  'batch/Job': { judge: job },
  '/Pod': { judge: pod },
  '/PersistentVolumeClaim': { judge: volumeClaim },
  'apiextensions.k8s.io/CustomResourceDefinition': { judge: definition },
  'apiregistration.k8s.io/APIService': { judge: apiService },
};

/** Kinds of Kubernetes itself that are judged; every other one of its kinds is healthy once it is there. */
export const judgedKinds: ReadonlySet<string> = new Set(Object.keys(rules));

/** Whether an object has become what its spec says, by the rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status), or by the product's own. */
export function healthOf(object: KubeObject, own?: KindRule): Health {
  const moving = changeUnderWay(object);
  if (moving !== null) return moving;
  if (own !== undefined) return own(object);
  const told = conditionHealth(object);
  if (told !== null) return told;
  const rule = rules[groupKindOf(object)];
  if (rule === undefined) return readyHealth(object);
  const name = `${object.kind} ${object.metadata.name}`;
  const parsed = workloadSchema.safeParse(object);
  if (!parsed.success) return progressing(`${name} has a status that cannot be read`);
  if (rule.sees === true && parsed.data.status.observedGeneration === undefined) return unseen(name);
  return rule.judge(name, parsed.data);
}
