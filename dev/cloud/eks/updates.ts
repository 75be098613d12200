import { randomUUID } from 'node:crypto';
import { Refusal } from '../wire/refusal.ts';

/** What an update changes: the cluster itself, or one node group or add-on of it. */
export type UpdateTarget = { nodegroup?: string; addon?: string };

type Shown = Record<string, unknown>;

/** What one cluster remembers of its updates, by their ids. */
export type UpdateLog = Map<string, { shown: Shown; target: UpdateTarget }>;

type Change = { type: string; params: Shown; target?: UpdateTarget; apply: () => void };

type Pending = { update: Shown; key: string; apply: () => void };

/** EKS's updates. They are done at once, unless a test holds them: then they are InProgress until it lets them finish. */
export class EksUpdates {
  #isHeld = false;
  #pending: Pending[] = [];

  hold(): void {
    this.#isHeld = true;
  }

  /** Everything that waits is done, or has failed with `failure`; later updates are done at once again. */
  finish(failure?: string): void {
    this.#isHeld = false;
    for (const { update, apply } of this.#pending.splice(0)) {
      if (failure === undefined) apply();
      update['status'] = failure === undefined ? 'Successful' : 'Failed';
      update['errors'] =
        failure === undefined ? [] : [{ errorCode: 'Unknown', errorMessage: failure, resourceIds: [] }];
    }
  }

  isRunning(cluster: string, target: UpdateTarget = {}): boolean {
    return this.#pending.some((pending) => pending.key === keyOf(cluster, target));
  }

  /** Refused while another update of the same thing runs. */
  begin(eks: { timestamp(): number }, cluster: { name: string; updates: UpdateLog }, change: Change): Shown {
    const key = keyOf(cluster.name, change.target ?? {});
    const running = this.#pending.find((pending) => pending.key === key);
    if (running !== undefined)
      throw new Refusal(
        409,
        'ResourceInUseException',
        `Cannot ${change.type} because ${key} currently has an update in progress`,
      );
    const id = randomUUID();
    const update: Shown = {
      id,
      status: this.#isHeld ? 'InProgress' : 'Successful',
      type: change.type,
      params: Object.entries(change.params).map(([type, value]) => ({
        type,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      })),
      createdAt: eks.timestamp(),
      errors: [],
    };
    cluster.updates.set(id, { shown: update, target: change.target ?? {} });
    if (this.#isHeld) this.#pending.push({ update, key, apply: change.apply });
    else change.apply();
    return update;
  }
}

/** Names a thing that is updated, for messages too. */
export function keyOf(cluster: string, { nodegroup, addon }: UpdateTarget): string {
  if (nodegroup !== undefined) return `nodegroup ${cluster}/${nodegroup}`;
  return addon === undefined ? `cluster ${cluster}` : `addon ${cluster}/${addon}`;
}
