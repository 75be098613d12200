import type { KubeObject } from '../kubernetes/index.ts';
import { failed, type Health, healthy, progressing } from './health.ts';
import { anyStatusSchema, type Condition, conditionOf } from './status-of.ts';

/** Deletion under way, or a change that its controller has not seen: nothing else that is said of it counts. Null: neither. */
export function changeUnderWay(object: KubeObject): Health | null {
  const { metadata } = object;
  const name = `${object.kind} ${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return progressing(`${name} is being deleted`);
  const { observedGeneration } = anyStatusSchema.parse(object).status;
  return observedGeneration !== undefined && observedGeneration < (metadata.generation ?? 0) ? unseen(name) : null;
}

/** The conditions that kstatus knows for every kind; null: neither is said. */
export function conditionHealth(object: KubeObject): Health | null {
  const { kind, metadata } = object;
  const { status } = anyStatusSchema.parse(object);
  const told = (type: string): Condition | null => {
    const condition = conditionOf(status, type);
    return condition?.status === 'True' && isCurrent(condition, metadata.generation ?? 0) ? condition : null;
  };
  const stalled = told('Stalled');
  if (stalled !== null) return failed(`${kind} ${metadata.name}: ${textOf(stalled)}`);
  const reconciling = told('Reconciling');
  return reconciling === null ? null : progressing(`${kind} ${metadata.name}: ${textOf(reconciling)}`);
}

/** A kind without rules of its own is judged by its condition `Ready`; without one it is healthy once it is there. */
export function readyHealth(object: KubeObject): Health {
  const { kind, metadata } = object;
  const name = `${kind} ${metadata.name}`;
  const ready = conditionOf(anyStatusSchema.parse(object).status, 'Ready');
  if (ready === undefined) return healthy;
  if (!isCurrent(ready, metadata.generation ?? 0)) return unseen(name);
  return ready.status === 'True' ? healthy : progressing(`${name} is not ready: ${textOf(ready)}`);
}

export function unseen(name: string): Health {
  return progressing(`${name}: its controller has not seen the newest change yet`);
}

/** Conditions that carry a generation of their own (metav1.Condition) are worth nothing for a later one. */
function isCurrent(condition: Condition, generation: number): boolean {
  return condition.observedGeneration === undefined || condition.observedGeneration >= generation;
}

function textOf({ reason, message }: Condition): string {
  const text = message === undefined || message === '' ? reason : message;
  return (text ?? 'it says no more').slice(0, 500);
}
