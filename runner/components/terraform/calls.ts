import { LandfallError } from '../../../contract/index.ts';
import type { Tofu, TofuCall, TofuEvent } from '../../../engines/index.ts';
import type { EffectContext, Effects, EventSink } from '../../ports.ts';

export type CallParts = { events: EventSink };

/** When the state is locked and our own dead predecessor held it, the lock is taken off and the call made once more. */
export async function withStaleLock<T>(
  parts: CallParts & { effects: Effects; diedHolding: (component: string) => boolean },
  target: string,
  tofu: Tofu,
  fn: (onEvent: (event: TofuEvent) => void) => Promise<T>,
): Promise<T> {
  let lockId: string | undefined;
  const onEvent = (event: TofuEvent): void => {
    if (event.kind === 'diagnostic') lockId ??= /^\s*ID:\s+([0-9a-f-]{36})\s*$/m.exec(event.diagnostic.detail)?.[1];
  };
  try {
    return await fn(onEvent);
  } catch (error) {
    const locked = error instanceof LandfallError && error.code === 'LF-ENGINES-021';
    const id = lockId;
    if (!locked || id === undefined || !parts.diedHolding(target)) throw error;
    await parts.effects.run('terraform-unlock', { target, intent: `lock ${id} of a runner that is dead` }, (context) =>
      tofu.forceUnlock({ lockId: id }, callOf(parts, target, context)),
    );
    return fn(onEvent);
  }
}

export function callOf(parts: CallParts, component: string, context: EffectContext): TofuCall {
  return {
    signal: context.signal,
    onSpawn: context.onSpawn,
    onLine: ({ text }) => {
      if (text.trim() !== '') parts.events.log('info', text, { engine: 'tofu', component });
    },
  };
}
