import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startToldPods } from '../testing/told-api-server.ts';
import type { Kubernetes, Observation } from './index.ts';

/** `open`: not ended here. */
type Watch = { status?: number; events?: object[]; open?: boolean };

let kubernetes: Kubernetes;
let close: () => Promise<void>;
/** From which version each watch was opened; `list` for each list. */
let asked: string[];
let watches: Watch[];
let lists: string[][];
/** The watches that the runner has let go of before their end. */
let left: number;

const pod = (name: string, resourceVersion: string) => ({ metadata: { name, namespace: 'shop', resourceVersion } });
const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } };

/** Lists and watches as they are given, then watches that stay open. */
beforeEach(async () => {
  [asked, watches, lists, left] = [[], [], [], 0];
  ({ kubernetes, close } = await startToldPods((_, url, response) => {
    if (url.searchParams.get('watch') === null) {
      asked.push('list');
      const items = (lists.shift() ?? []).map((name) => pod(name, '1'));
      response.end(JSON.stringify({ metadata: { resourceVersion: String(100 * asked.length) }, items }));
      return;
    }
    asked.push(url.searchParams.get('resourceVersion') ?? '');
    const watch = watches.shift();
    response.writeHead(watch?.status ?? 200);
    for (const event of watch?.events ?? []) response.write(`${JSON.stringify(event)}\n`);
    response.on('close', () => (left += response.writableEnded ? 0 : 1));
    if (watch === undefined) response.flushHeaders();
    else if (watch.open !== true) response.end();
  }));
});
afterEach(() => close());

/** What is told, until there was so much of it. */
async function told(count: number): Promise<string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  const name = (each: Observation): string =>
    each.type === 'listed'
      ? `listed ${each.objects.map(({ metadata }) => metadata.name).join()}`
      : `${each.event.type} ${each.event.object.metadata.name}`;
  for await (const each of kubernetes.observe({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' }, stop.signal)) {
    seen.push(name(each));
    if (seen.length === count) break;
  }
  stop.abort();
  return seen;
}

describe('a watch', () => {
  it('that the API server ends is taken up where it was, bookmarks included, without another list', async () => {
    lists = [['a']];
    watches = [
      {
        events: [
          { type: 'ADDED', object: pod('b', '110') },
          { type: 'BOOKMARK', object: pod('', '150') },
        ],
      },
      { events: [{ type: 'DELETED', object: pod('a', '160') }] },
    ];
    expect(await told(3)).toEqual(['listed a', 'ADDED b', 'DELETED a']);
    expect(asked).toEqual(['list', '100', '150']);
  });

  it.each<[string, Watch]>([
    ['in its answer', { status: 410 }],
    ['as an event', { events: [expired] }],
    ['by something that is no event', { events: [['nonsense']] }],
  ])('from a place that is too old (410), told %s, begins anew from a list', async (_, gone) => {
    lists = [['a'], ['b']];
    watches = [gone, { events: [{ type: 'ADDED', object: pod('c', '310') }] }];
    expect(await told(3)).toEqual(['listed a', 'listed b', 'ADDED c']);
    expect(asked.slice(0, 4)).toEqual(['list', '100', 'list', '300']);
  });

  it.each<[string, unknown]>([
    ['an error', expired],
    ['something that is no event', ['nonsense']],
    ['an event that cannot be read', { type: 'ADDED', object: 'nonsense' }],
  ])(
    'that is given up for %s is closed: nothing that happens to it later is an uncaught exception',
    async (_, event) => {
      lists = [['a'], ['b']];
      watches = [{ events: [{ type: 'ADDED', object: pod('b', '110') }, Object(event)], open: true }];
      const stop = new AbortController();
      const seen: Observation['type'][] = [];
      const reading = (async () => {
        const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', onBroken: () => undefined };
        for await (const { type } of kubernetes.observe(pods, stop.signal)) seen.push(type);
      })();
      await expect.poll(() => [left, seen]).toEqual([1, ['listed', 'changed', 'listed']]);
      stop.abort();
      await reading;
    },
  );

  it('that the API server is too busy for goes on where it was', async () => {
    lists = [['a']];
    watches = [{ status: 429 }, { status: 503 }, { events: [{ type: 'ADDED', object: pod('b', '110') }] }];
    expect(await told(2)).toEqual(['listed a', 'ADDED b']);
    expect(asked).toEqual(['list', '100', '100', '100']);
  });
});
