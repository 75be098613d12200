import { briefSignal } from '../../shared-signal.ts';
import type { Pass } from '../pass.ts';

/** The mirror holds what the kept releases need. Not while a release is on its way: what that one has begun with must stay where it is. */
export async function tendMirror({ parts, memory, state, signals }: Pass): Promise<void> {
  const [lastGood, transition] = await Promise.all([memory.lastGood.read(), memory.transition.read()]);
  if (lastGood === null || transition !== null) return;
  const registry = state.desired.release?.registry ?? parts.install.vendorRegistry;
  const brief = briefSignal(signals.stop, signals.superseded);
  try {
    const kept = { lastGood: lastGood.release, accepted: state.release, registry };
    await parts.mirror.tend(kept, brief.signal);
  } catch (error) {
    signals.stop.throwIfAborted();
    // Something newer is waiting: it goes first, and this goes on after it.
    if (!signals.superseded.aborted) throw error;
  } finally {
    brief.release();
  }
}
