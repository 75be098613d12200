import { LandfallError } from '../../../contract/index.ts';
import type { SecretStore } from '../secret-store.ts';

export type FakeSecretStore = SecretStore & {
  put(id: string, value: string): void;
  /** Nobody may read it any more. */
  lock(id: string): void;
  /** Not to be reached. */
  away: boolean;
  calls: string[];
};

/** A store of the customer's in memory; passes the same contract tests as the real ones. */
export function createFakeSecretStore(): FakeSecretStore {
  const secrets = new Map<string, { value: Uint8Array; version: string }>();
  const locked = new Set<string>();
  let versions = 0;
  const open = (call: string, id: string, signal: AbortSignal) => {
    store.calls.push(`${call} ${id}`);
    signal.throwIfAborted();
    const temporary = { temporary: true };
    if (store.away) throw new LandfallError('LF-RUNNER-200', `the store could not be asked for ${id}`, temporary);
    if (locked.has(id)) throw new LandfallError('LF-RUNNER-202', `the store does not give ${id}`, temporary);
    const found = secrets.get(id);
    if (found === undefined) throw new LandfallError('LF-RUNNER-201', `the store has no ${id}`, temporary);
    return found;
  };
  const store: FakeSecretStore = {
    title: 'the store',
    away: false,
    calls: [],
    put: (id, value) => {
      versions += 1;
      secrets.set(id, { value: Buffer.from(value), version: `v${versions}` });
    },
    lock: (id) => void locked.add(id),
    versionOf: async (id, signal) => open('version', id, signal).version,
    read: async (id, signal) => open('read', id, signal),
  };
  return store;
}
