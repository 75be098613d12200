import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import {
  type Envelope,
  LandfallError,
  type Release,
  type Verifier,
  digestSchema,
  envelopeSchema,
} from '../../contract/index.ts';
import type { AcceptedState, Effects, Store } from '../ports.ts';
import { type Highest, openDesiredState } from './accept.ts';
import { type ReleaseBytes, openRelease, releaseLimits } from './accept-release.ts';

/** Names the documents in force; flipped last, so that it never names bytes that are not there. */
const pointerSchema = z.object({
  sequence: z.number().int().min(1),
  /** Digest of the signed bytes of the desired state. */
  payload: z.string(),
  desired: z.string(),
  release: z.string().nullable(),
});
const desiredSchema = z.object({ envelope: envelopeSchema });
const releaseSchema = z.object({ digest: digestSchema, manifest: z.base64(), envelopeGzip: z.base64() });

const pointerName = 'accepted';

export type KeptState = {
  /** What was accepted last and is still genuine. `highest` holds even when the documents are damaged. */
  load(): Promise<{ highest: Highest; state: AcceptedState | null; damage: LandfallError | null }>;
  /** Bytes first, pointer last. */
  save(accepted: {
    state: AcceptedState;
    payload: string;
    envelope: Envelope;
    release: ReleaseBytes | null;
  }): Promise<void>;
};

export type KeptStateOptions = {
  store: Store;
  effects: Effects;
  install: string;
  desiredStateVerifier: Verifier;
  releaseVerifier: Verifier;
};

/** Keeps what was accepted in the cluster, so that a restart needs neither the control plane nor the vendor's registry. */
export function createKeptState(options: KeptStateOptions): KeptState {
  const { store, effects } = options;

  const write = async (name: string, value: Parameters<Store['put']>[1]): Promise<void> => {
    const before = await store.get(name, z.json());
    await store.put(name, value, before?.revision ?? null);
  };

  const loadRelease = async (name: string | null, desired: AcceptedState['desired']): Promise<Release | null> => {
    if (desired.release === null) return null;
    const stored = name === null ? null : await store.get(name, releaseSchema);
    if (stored === null) throw new LandfallError('LF-RUNNER-059', `the kept release ${name ?? ''} is gone`);
    const gzipped = Buffer.from(stored.value.envelopeGzip, 'base64');
    const bytes = {
      manifest: Buffer.from(stored.value.manifest, 'base64'),
      envelope: gunzipSync(gzipped, { maxOutputLength: releaseLimits.envelope.bytes }),
    };
    return openRelease(bytes, desired.release, options.releaseVerifier);
  };

  return {
    load: async () => {
      const pointer = await store.get(pointerName, pointerSchema);
      if (pointer === null) return { highest: null, state: null, damage: null };
      const highest = { sequence: pointer.value.sequence, payload: pointer.value.payload };
      try {
        const stored = await store.get(pointer.value.desired, desiredSchema);
        if (stored === null) throw new LandfallError('LF-RUNNER-059', `the kept ${pointer.value.desired} is gone`);
        // Expiry and sequence count when a document is accepted; what is in force stays in force.
        const verifier = options.desiredStateVerifier;
        const { desired } = await openDesiredState(stored.value.envelope, { install: options.install, verifier });
        const release = await loadRelease(pointer.value.release, desired);
        return { highest, state: { desired, release, releaseDigest: desired.release?.digest ?? null }, damage: null };
      } catch (cause) {
        if (cause instanceof LandfallError && cause.temporary) throw cause;
        const message = `the desired state ${highest.sequence} kept in the cluster cannot be used any more`;
        return { highest, state: null, damage: new LandfallError('LF-RUNNER-059', message, { cause }) };
      }
    },
    save: async ({ state, payload, envelope, release }) => {
      const { sequence } = state.desired;
      const about = { target: `desired-${sequence}`, intent: `accept desired state ${sequence}` };
      await effects.run('store-accepted', about, async () => {
        const desired = `desired-${sequence}`;
        const releaseName = state.releaseDigest === null ? null : `release-${state.releaseDigest.slice(7, 23)}`;
        await write(desired, { envelope });
        if (releaseName !== null && release !== null && state.releaseDigest !== null) {
          await write(releaseName, {
            digest: state.releaseDigest,
            manifest: release.manifest.toString('base64'),
            envelopeGzip: gzipSync(release.envelope, { level: 9 }).toString('base64'),
          });
        }
        await write(pointerName, { sequence, payload, desired, release: releaseName });
        await forgetOthers(store, [desired, releaseName]);
      });
    },
  };
}

async function forgetOthers(store: Store, kept: readonly (string | null)[]): Promise<void> {
  const all = [...(await store.list('desired-')), ...(await store.list('release-'))];
  for (const name of all) if (!kept.includes(name)) await store.delete(name);
}
