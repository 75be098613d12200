import type { Context } from '../context.ts';
import { pagesTopic } from '../channel/bell.ts';

/** Longer than this without a byte, and proxies cut the stream; it also brings what no commit announces, such as a runner gone silent. */
const heartbeatMs = 25_000;

/** Server-sent events: one `change` per commit that people can see (many at once become one), and one as a heartbeat. */
export async function* changes(context: Context, gone: AbortSignal): AsyncGenerator<string> {
  yield 'retry: 2000\n\n';
  const left = new Promise<'gone'>((resolve) => {
    gone.addEventListener('abort', () => resolve('gone'), { once: true });
  });
  while (!gone.aborted && !context.bell.closed) {
    const listener = context.bell.listen(pagesTopic);
    const over = new AbortController();
    const beat = context.clock
      .sleep(heartbeatMs, over.signal)
      .then(() => 'beat' as const)
      .catch(() => 'gone' as const);
    const what = await Promise.race([listener.rung, beat, left]);
    listener.stop();
    over.abort();
    if (what === 'gone' || context.bell.closed) return;
    yield 'event: change\ndata: {}\n\n';
  }
}
