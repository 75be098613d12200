import { failed, type Health, healthy, progressing } from './health.ts';
import { conditionOf, isCondition, type Workload } from './status-of.ts';

// The rules of kstatus for Kubernetes' own workloads. Where they differ, the rule says why.

export function deployment(name: string, { spec, status }: Workload): Health {
  const wanted = spec.replicas ?? 1;
  const stuck = status.conditions.find((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded');
  if (stuck !== undefined) return failed(`${name}: ${stuck.message ?? 'its progress deadline is exceeded'}`);
  if (status.updatedReplicas < wanted) {
    const why = reasonOf(conditionOf(status, 'ReplicaFailure'));
    return progressing(`${name}: ${status.updatedReplicas} of ${wanted} pods updated${why}`);
  }
  if (status.replicas > status.updatedReplicas) {
    // Old ones stay for as long as new ones do not come up: that is then what to look at.
    const missing = status.replicas - status.availableReplicas;
    if (missing > 0) return progressing(`${name}: ${missing} of ${status.replicas} pods not available, old ones stay`);
    return progressing(`${name}: old pods are still there`);
  }
  if (status.readyReplicas < wanted) return progressing(`${name}: ${status.readyReplicas} of ${wanted} pods ready`);
  if (status.availableReplicas < wanted)
    return progressing(`${name}: ${status.availableReplicas} of ${wanted} available`);
  if (isCondition(status, 'Available', 'False')) return progressing(`${name} is not available`);
  return healthy;
}

export function replicaSet(name: string, { spec, status }: Workload): Health {
  const wanted = spec.replicas ?? 1;
  const failure = conditionOf(status, 'ReplicaFailure');
  if (failure?.status === 'True') return progressing(`${name}: pods cannot be made${reasonOf(failure)}`);
  if (status.fullyLabeledReplicas < wanted)
    return progressing(`${name}: ${status.fullyLabeledReplicas} of ${wanted} pods`);
  if (status.availableReplicas < wanted)
    return progressing(`${name}: ${status.availableReplicas} of ${wanted} available`);
  if (status.readyReplicas < wanted) return progressing(`${name}: ${status.readyReplicas} of ${wanted} pods ready`);
  return status.replicas > wanted ? progressing(`${name}: old pods are still there`) : healthy;
}

export function statefulSet(name: string, { spec, status }: Workload): Health {
  if (spec.updateStrategy?.type === 'OnDelete') return healthy;
  const wanted = spec.replicas ?? 1;
  if (status.readyReplicas < wanted) return progressing(`${name}: ${status.readyReplicas} of ${wanted} pods ready`);
  if (status.replicas > wanted) return progressing(`${name}: pods too many are still there`);
  const toUpdate = wanted - (spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  if (status.currentRevision !== status.updateRevision && status.updatedReplicas < toUpdate) {
    return progressing(`${name}: ${status.updatedReplicas} of ${toUpdate} pods updated`);
  }
  return healthy;
}

export function daemonSet(name: string, { spec, status }: Workload): Health {
  const wanted = status.desiredNumberScheduled;
  if (wanted === undefined) return progressing(`${name}: not scheduled yet`);
  const scheduled = status.currentNumberScheduled ?? wanted;
  if (scheduled < wanted) return progressing(`${name}: ${scheduled} of ${wanted} scheduled`);
  // With OnDelete a person decides when pods are made anew; kstatus would wait for ever.
  const byHand = spec.updateStrategy?.type === 'OnDelete';
  if (!byHand && status.updatedNumberScheduled < wanted)
    return progressing(`${name}: ${status.updatedNumberScheduled} of ${wanted} updated`);
  if (status.numberAvailable < wanted) return progressing(`${name}: ${status.numberAvailable} of ${wanted} available`);
  return healthy;
}

/** For kstatus a Job that runs is current; a component is there when its Jobs have done their work. */
export function job(name: string, { spec, status }: Workload): Health {
  const end = conditionOf(status, 'Failed');
  if (end?.status === 'True') return failed(`${name}: ${end.message ?? 'failed'}`);
  if (spec.suspend === true || isCondition(status, 'Complete', 'True')) return healthy;
  return progressing(`${name} is not complete`);
}

/** kstatus takes a pod that finds no node in 15 s for failed; where nodes are made when they are needed, that is too soon. */
export function pod(name: string, { status }: Workload): Health {
  if (status.phase === 'Succeeded') return healthy;
  if (status.phase === 'Failed') return failed(`${name} failed`);
  if (isCondition(status, 'Ready', 'True')) return healthy;
  const crashing = [...status.initContainerStatuses, ...status.containerStatuses].filter(
    ({ state }) => state?.waiting?.reason === 'CrashLoopBackOff',
  );
  if (crashing.length > 0)
    return failed(`${name}: ${crashing.map((container) => container.name).join(', ')} crashes again and again`);
  const unplaced = conditionOf(status, 'PodScheduled');
  if (unplaced?.status === 'False') return progressing(`${name} has no node${reasonOf(unplaced)}`);
  return progressing(`${name} is not ready`);
}

function reasonOf(condition: { message?: string | undefined; reason?: string | undefined } | undefined): string {
  const why = condition?.message ?? condition?.reason;
  return why === undefined ? '' : `: ${why.slice(0, 300)}`;
}
