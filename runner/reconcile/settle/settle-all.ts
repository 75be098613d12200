import type { PassSignals } from '../../ports.ts';
import { sharedSignal } from '../../shared-signal.ts';
import { MustWait } from '../../waits.ts';
import type { Settled } from '../component-kind.ts';
import { ComponentFailed, isNoLongerOwner } from '../stance/failure.ts';
import { nextToBegin, type Node, type Order, type Width } from './schedule.ts';

export type SettleAll<C> = {
  /** In dependency order. */
  components: readonly C[];
  order: Order;
  width: Width;
  signals: PassSignals;
  settle: (component: C, signals: PassSignals) => Promise<Settled>;
  /** Whether one that cannot be settled keeps what has not begun from beginning. It is thrown in the end all the same. */
  stops: (error: unknown) => boolean;
};

/**
 * Everything whose turn it is at the same time. When one fails, nothing more begins, and those under way finish their action and wait for
 * nothing more; when one only has to wait, those under way go on to their end. Throws what counts most (see worstOf), once all are at rest.
 * Fewer than all are settled only when something newer is there.
 */
export async function settleAll<C extends Node>(options: SettleAll<C>): Promise<Map<string, Settled>> {
  const { components, order, width, signals } = options;
  const failed = new AbortController();
  const inner = { stop: signals.stop, superseded: sharedSignal(signals.superseded, failed.signal) };
  const settled = new Map<string, Settled>();
  const failures = new Map<string, unknown>();
  const running = new Map<string, Promise<void>>();
  let begins = true;
  const settle = async (component: C): Promise<void> => {
    try {
      settled.set(component.name, await options.settle(component, inner));
    } catch (error) {
      failures.set(component.name, error);
      if (!options.stops(error)) return;
      begins = false;
      if (error instanceof ComponentFailed || isNoLongerOwner(error)) failed.abort();
    } finally {
      running.delete(component.name);
    }
  };
  const byName = new Map<string, C>(components.map((component) => [component.name, component]));
  for (;;) {
    if (begins && !signals.superseded.aborted && !signals.stop.aborted) {
      const over = new Set([...settled.keys(), ...failures.keys()]);
      for (const name of nextToBegin({ components, order, width, running: new Set(running.keys()), over })) {
        const component = byName.get(name);
        if (component !== undefined) running.set(name, settle(component));
      }
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  signals.stop.throwIfAborted();
  if (failures.size > 0)
    throw worstOf(components.map(({ name }) => failures.get(name)).filter((error) => error !== undefined));
  return settled;
}

/**
 * A runner that may not act any more; then a release at fault, before all where it is to be held; then what is only away; then a wait. Among
 * equals the first in dependency order.
 */
function worstOf(errors: readonly unknown[]): unknown {
  return (
    errors.find(isNoLongerOwner) ??
    errors.find((error) => error instanceof ComponentFailed && error.holds) ??
    errors.find((error) => error instanceof ComponentFailed) ??
    errors.find((error) => !(error instanceof MustWait)) ??
    errors[0]
  );
}
