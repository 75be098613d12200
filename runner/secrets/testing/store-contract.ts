import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../../contract/index.ts';
import type { SecretStore } from '../secret-store.ts';

/** What a test may do to the store behind, as the customer. Names are made by `name`, so that several runs do not meet. */
export type StoreHands = {
  store: SecretStore;
  name: (of: string) => string;
  put: (id: string, value: string) => Promise<void>;
  /** It is there, and the runner may not read it. */
  forbidden: () => Promise<string>;
  /** The same store, not to be reached. */
  unreachable: () => SecretStore;
};

const never = new AbortController().signal;
const canary = 'canary-e0d2f6c1';
const faultOf = async (work: Promise<unknown>): Promise<{ code: string; temporary: boolean; text: string }> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    const { code, temporary } = error;
    return { code, temporary, text: `${error.message} ${JSON.stringify(error.details)}` };
  }
  return { code: 'none', temporary: false, text: '' };
};

/** Every store of a customer's keeps to this: the fake one, AWS Secrets Manager, and one day Azure Key Vault. */
export function holdsToTheStoreContract(open: () => StoreHands): void {
  describe('a secret store', () => {
    it('gives a value as it was put, and the name of its version', async () => {
      const { store, name, put } = open();
      const value = `${canary} "quoted"\nüñí\n`;
      await put(name('plain'), value);
      const read = await store.read(name('plain'), never);
      expect(Buffer.from(read.value).toString()).toBe(value);
      expect(await store.versionOf(name('plain'), never)).toBe(read.version);
    });

    it('names another version once there is another value, and the same one as long as there is not', async () => {
      const { store, name, put } = open();
      await put(name('turned'), 'one');
      const first = await store.versionOf(name('turned'), never);
      expect(await store.versionOf(name('turned'), never)).toBe(first);
      await put(name('turned'), 'two');
      const second = await store.versionOf(name('turned'), never);
      expect(second).not.toBe(first);
      const read = await store.read(name('turned'), never);
      expect([Buffer.from(read.value).toString(), read.version]).toEqual(['two', second]);
    });

    it.each(['versionOf', 'read'] as const)('%s says by a code why there is no value, and names none', async (call) => {
      const { store, name, put, forbidden, unreachable } = open();
      await put(name('other'), canary);
      const nowhere = await faultOf(store[call](name('nowhere'), never));
      expect(nowhere).toMatchObject({ code: 'LF-RUNNER-201', temporary: true });
      const away = await faultOf(unreachable()[call](name('other'), never));
      expect(away).toMatchObject({ code: 'LF-RUNNER-200', temporary: true });
      const locked = await faultOf(store[call](await forbidden(), never));
      expect(locked).toMatchObject({ code: 'LF-RUNNER-202', temporary: true });
      expect(away.text + locked.text).not.toContain(canary);
    });

    it('stops with its signal', async () => {
      const { store, name, put } = open();
      await put(name('late'), canary);
      await expect(store.read(name('late'), AbortSignal.abort())).rejects.toThrow(/abort/i);
    });
  });
}
