import { systemClock } from '../../contract/index.ts';

export type Answer = { version: string; bucket: string };
export type Gap = { from: Date; seconds: number; why: string };

export type Prober = {
  /** The last good answer of the gateway. */
  last(): Answer | null;
  /** When the last good answer came. */
  lastGood(): Date | null;
  /** Forgets the gaps so far: what was before the first answer is no gap. */
  forget(): void;
  /** Stretches without a good answer, the one going on included. */
  gaps(): Gap[];
  asked(): number;
  stop(): Promise<void>;
};

/** Asks `url` every 100 ms, as a user of the product would, and keeps the stretches in which nothing good came back. */
export function startProber(url: string): Prober {
  const gaps: Gap[] = [];
  let last: Answer | null = null;
  let asked = 0;
  let lastGood = new Date();
  let failing: string | null = null;
  const ending = new AbortController();

  const closeGap = (): void => {
    if (failing !== null) gaps.push({ from: lastGood, seconds: secondsSince(lastGood), why: failing });
    failing = null;
  };
  const askOnce = async (): Promise<void> => {
    asked++;
    try {
      last = await ask(url);
      closeGap();
      lastGood = new Date();
    } catch (error) {
      failing ??= error instanceof Error ? error.message : String(error);
    }
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      await askOnce();
      await systemClock.sleep(100, ending.signal).catch(() => undefined);
    }
  })();

  return {
    last: () => last,
    lastGood: () => (last === null ? null : lastGood),
    forget: () => {
      gaps.length = 0;
    },
    gaps: () =>
      failing === null ? gaps : [...gaps, { from: lastGood, seconds: secondsSince(lastGood), why: failing }],
    asked: () => asked,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

export async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('version' in body) || !('bucket' in body)) {
    throw new Error('the gateway answered without a version');
  }
  return { version: String(body.version), bucket: String(body.bucket) };
}

function secondsSince(moment: Date): number {
  return (Date.now() - moment.getTime()) / 1000;
}

/** What the prober saw, in one line. */
export function gapsLine(prober: Prober): string {
  const gaps = prober.gaps();
  const told = gaps.map(({ from, seconds, why }) => `${seconds.toFixed(1)} s from ${from.toISOString()} (${why})`);
  return `prober: asked the gateway ${prober.asked()} times; ${gaps.length === 0 ? 'no gap' : `gaps: ${told.join('; ')}`}`;
}
