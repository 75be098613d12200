import { type Clock, elapsedMs, LandfallError, type Release, describeError } from '../../contract/index.ts';
import type { EventSink, Mirror } from '../ports.ts';
import { type CollectParts, collectGarbage } from './garbage/collect.ts';
import { findMissing } from './garbage/find-missing.ts';
import { withRelease } from './garbage/kept-releases.ts';

export type TendParts = CollectParts & {
  clock: Clock;
  events: EventSink;
  /** How many of the releases that were wholly applied stay whole in the mirror. At least 1. */
  keepReleases: number;
  ensure: (release: Release, registry: string, signal: AbortSignal) => Promise<void>;
};

const hour = 3_600_000;
const day = 24 * hour;

/** Keeps the mirror as the kept releases need it: nothing more (garbage), nothing less (a daily look, and what is missing copied again). */
export function createTending(parts: TendParts): Mirror['tend'] {
  const { clock, events, kept, own, record } = parts;
  /** What could not be done is not tried again at every pass. */
  const notBefore = new Map<string, number>();
  let leftInUse = '';

  const warn = (reason: string, message: string): void =>
    events.event({ reason, component: null, severity: 'warning', message });
  const attempt = async (what: string, signal: AbortSignal, act: () => Promise<void>): Promise<void> => {
    if (elapsedMs(clock) < (notBefore.get(what) ?? -Infinity)) return;
    try {
      await act();
      notBefore.delete(what);
    } catch (error) {
      const over = error instanceof LandfallError && (error.code === 'LF-RUNNER-003' || error.code === 'LF-RUNNER-004');
      if (signal.aborted || over) throw error;
      notBefore.set(what, elapsedMs(clock) + hour);
      warn('MirrorNotTended', `LF-RUNNER-080: ${what}: ${describeError(error)}`);
    }
  };

  return async ({ lastGood, accepted, registry }, signal) => {
    // Not to be put off: what is not written here is not kept once the next release is in force.
    await kept.change((state) => ({ ...state, releases: withRelease(state.releases, lastGood, parts.keepReleases) }));
    await attempt('removing what no kept release needs', signal, async () => {
      const { manifests, left, inUse } = await collectGarbage(parts, { lastGood, accepted }, signal);
      if (manifests > 0) {
        const message = `${manifests} manifests that no kept release needs were removed from ${own.host}`;
        events.event({ reason: 'MirrorTidied', component: null, severity: 'normal', message });
      }
      if (left.length > 0)
        warn('MirrorNotTidied', `${own.host} deletes nothing, or these are not the runner's own: ${left.join(', ')}`);
      if (inUse.join() !== leftInUse && inUse.length > 0)
        events.log('info', `kept although no kept release needs it, because it still runs: ${inUse.join(', ')}`);
      leftInUse = inUse.join();
    });
    await attempt('looking whether everything is still there', signal, async () => {
      const now = clock.now();
      const { checkedAt } = await kept.read();
      const ago = checkedAt === null ? day : now.getTime() - Date.parse(checkedAt);
      // In the future: the clock was set back since.
      if (ago >= 0 && ago < day) return;
      // What has just been copied for the first time need not be looked for.
      const missing = checkedAt === null ? [] : await findMissing(own, record, signal);
      if (missing.length > 0) {
        const some = missing.slice(0, 5).join(', ');
        const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
        warn('MirrorImagesMissing', `${own.host} does not have ${some}${more} any more: copied again`);
        await record.remove(missing);
      }
      await kept.change((state) => ({ ...state, checkedAt: now.toISOString() }));
    });
    await attempt('copying again what is missing', signal, async () => {
      // The accepted release is copied when its turn comes: whether it may, is decided there.
      await parts.ensure(lastGood, registry, signal);
    });
  };
}
