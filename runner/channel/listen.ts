import type { Dispatcher } from 'undici';
import {
  type ChannelAnswer,
  type Clock,
  LandfallError,
  channelAnswerSchema,
  channelFeaturesHeader,
  channelPaths,
  elapsedMs,
  entitiesFeature,
  limits,
  longestWaitSeconds,
  parseJson,
  sha256,
} from '../../contract/index.ts';
import { type Authorize, away, readBounded, refusal } from '../egress/index.ts';
import { briefSignal } from '../shared-signal.ts';
import type { Backoff } from './backoff.ts';
import { createPace } from './pace.ts';

export type ListenOptions = {
  install: string;
  controlPlaneUrl: string;
  /** Carries only requests without a body. */
  dispatcher: Dispatcher;
  authorize: Authorize;
  clock: Clock;
  backoff: Backoff;
  onAnswer: (answer: ChannelAnswer) => void;
  /** After every exchange: null when the control plane answered. LF-RUNNER-072 once, when it holds no requests. */
  onContact: (error: LandfallError | null) => void;
};

/** Three envelopes in base64, with room for their signatures. */
const answerLimit = {
  bytes: 2 * (limits.desiredState.bytes + limits.requests.bytes + limits.entities.bytes),
  depth: 8,
};

/** Holds one request at the control plane at a time; what is published there arrives with its answer, so nothing is polled. Ends with the signal. */
export async function listen(options: ListenOptions, signal: AbortSignal): Promise<void> {
  const { clock, backoff, controlPlaneUrl, onContact } = options;
  const pace = createPace({ controlPlaneUrl, clock, backoff, onHurried: onContact });
  let etag: string | null = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      // After a failure the first request is not held: its answer says at once that the control plane is there again.
      const held = failures === 0;
      const askedAt = elapsedMs(clock);
      const answer = await ask(options, { etag, hold: held }, signal);
      failures = 0;
      onContact(null);
      if (answer !== null) {
        etag = answer.etag;
        options.onAnswer(answer.value);
        // Without an ETag nothing would hold the next request: treat it as a fault.
        if (etag === null) throw new LandfallError('LF-RUNNER-056', 'the control plane answered without an ETag');
      }
      const pause = pace.after({ held, tookMs: elapsedMs(clock) - askedAt, digest: answer?.digest ?? null });
      if (pause > 0) await clock.sleep(pause, signal);
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof LandfallError ? error : away(controlPlaneUrl, error);
      onContact(known);
      failures++;
      await clock.sleep(Math.max(backoff(failures), pace.after('failed')), signal).catch(() => undefined);
    }
  }
}

type Answer = { value: ChannelAnswer; digest: string; etag: string | null };

async function ask(
  options: ListenOptions,
  { etag, hold }: { etag: string | null; hold: boolean },
  signal: AbortSignal,
): Promise<Answer | null> {
  const origin = new URL(options.controlPlaneUrl).origin;
  const path = channelPaths.desiredState(options.install);
  const headers: Record<string, string> = {
    accept: 'application/json',
    [channelFeaturesHeader]: entitiesFeature,
    authorization: await options.authorize({ method: 'GET', path, body: new Uint8Array() }),
  };
  if (etag !== null) {
    headers['if-none-match'] = etag;
    if (hold) headers['prefer'] = `wait=${longestWaitSeconds}`;
  }
  const request = { origin, method: 'GET' as const, path, headers };
  const ends = briefSignal(signal, AbortSignal.timeout((longestWaitSeconds + 20) * 1000));
  const exchange = async () => {
    const answer = await options.dispatcher.request({ ...request, signal: ends.signal }).catch((cause: unknown) => {
      throw away(origin, cause);
    });
    return { response: answer, bytes: await readBounded(answer.body, answerLimit.bytes, origin) };
  };
  const { response, bytes } = await exchange().finally(ends.release);
  if (response.statusCode === 304) return null;
  if (response.statusCode !== 200) throw refusal(request, response.statusCode, bytes);
  const value = parseJson(bytes, channelAnswerSchema, "the control plane's answer", answerLimit);
  const tag = response.headers['etag'];
  return { value, digest: sha256(bytes), etag: typeof tag === 'string' ? tag : null };
}
