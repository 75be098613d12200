import type { Context } from '../context.ts';
import { reconcileEntities } from '../entities/issue.ts';
import { channelTopic } from './bell.ts';
import { type ChannelSnapshot, readChannel } from './read-channel.ts';
import { reconcileInstall } from './reconcile.ts';

/**
 * The install's channel as soon as it is not `known`, or null after the wait. Held in memory and woken by the commit itself:
 * nothing asks the database at intervals, and with a clock that stands still it is woken all the same.
 */
export async function longPoll(
  context: Context,
  install: string,
  known: string | undefined,
  waitSeconds: number,
  gone: AbortSignal,
  entities = false,
): Promise<ChannelSnapshot | null> {
  await reconcileInstall(context, install);
  if (entities) await reconcileEntities(context, install);
  const reader = { known, entities };
  const over = new AbortController();
  const end = AbortSignal.any([gone, over.signal]);
  const timeUp = waited(context, waitSeconds, end);
  try {
    for (;;) {
      // Listening begins before the read: a commit in between is not missed.
      const listener = context.bell.listen(channelTopic(install));
      try {
        const snapshot = await readChannel(context, install, reader);
        if (snapshot.etag !== known) return snapshot;
        if (waitSeconds <= 0 || context.bell.closed) return null;
        const why = await Promise.race([listener.rung.then(() => 'rung' as const), timeUp]);
        if (why === 'over') {
          const last = await readChannel(context, install, reader);
          return last.etag === known ? null : last;
        }
      } finally {
        listener.stop();
      }
    }
  } finally {
    over.abort();
  }
}

async function waited(context: Context, seconds: number, end: AbortSignal): Promise<'over'> {
  await context.clock.sleep(seconds * 1000, end).catch(() => undefined);
  return 'over';
}

/** `Prefer: wait=55` (RFC 7240, 4.3), at most `most`; 0 without it. */
export function preferredWait(header: string | string[] | undefined, most: number): number {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?=$|[,;\s])/i.exec(text)?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds), most);
}
