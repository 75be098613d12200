import * as z from 'zod';
import { type Clock, LandfallError, enrolAnswerSchema, limits, parseJson } from '../../contract/index.ts';
import type { Gate } from '../egress/index.ts';
import type { Effects, Store } from '../ports.ts';
import { type Backoff, retrying } from './backoff.ts';
import type { RunnerKey } from './runner-key.ts';

export type Enrolment = { keyId: string };

const enrolmentSchema = z.object({ publicKey: z.string(), keyId: z.string() });
const documentName = 'enrolment';

export type EnrolOptions = {
  install: string;
  key: RunnerKey;
  store: Store;
  effects: Effects;
  gate: Gate;
  clock: Clock;
  backoff: Backoff;
  runnerVersion: string;
  /** Read only when it is needed. */
  joinToken: () => Promise<string>;
  onWaiting: (error: LandfallError) => void;
  signal: AbortSignal;
};

/** Spends the join token for this key, once. An answer that was lost is asked for again with the same token and key, which the control plane allows. */
export async function enrol(options: EnrolOptions): Promise<Enrolment> {
  const { store, key } = options;
  const stored = await store.get(documentName, enrolmentSchema);
  if (stored !== null && stored.value.publicKey === key.publicKeyPem) return { keyId: stored.value.keyId };
  const joinToken = await options.joinToken();
  const about = { target: 'control-plane', intent: `enrol the key ${key.keyId.slice(0, 16)} for ${options.install}` };
  const { keyId } = await retrying(options, () =>
    options.effects.run('enrol', about, async ({ signal }) => {
      const body = {
        install: options.install,
        joinToken,
        publicKeyPem: key.publicKeyPem,
        runnerVersion: options.runnerVersion,
      };
      const answer = await options.gate.send('enrol', body, { signal: AbortSignal.any([signal, options.signal]) });
      const enrolled = parseJson(answer, enrolAnswerSchema, "the control plane's answer", limits.enrolment);
      if (enrolled.install !== options.install) {
        throw new LandfallError('LF-RUNNER-051', `the control plane enrolled ${enrolled.install}, not this install`);
      }
      return enrolled;
    }),
  );
  await store.put(documentName, { publicKey: key.publicKeyPem, keyId }, stored?.revision ?? null);
  return { keyId };
}
