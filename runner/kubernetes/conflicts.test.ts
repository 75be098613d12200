import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startToldPods } from '../testing/told-api-server.ts';
import type { Kubernetes } from './index.ts';

let kubernetes: Kubernetes;
let close: () => Promise<void>;
let asked: string[];
let answers: { status?: number; body: object }[];

beforeEach(async () => {
  [asked, answers] = [[], []];
  ({ kubernetes, close } = await startToldPods((request, url, response) => {
    asked.push(`${request.method} ${url.searchParams.get('continue') ?? ''}`.trim());
    const { status = 200, body } = answers.shift() ?? { status: 500, body: {} };
    response.writeHead(status).end(JSON.stringify(body));
  }));
});
afterEach(() => close());

const type = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop' };
const web = { ...type, name: 'web' };
const pod = (name: string) => ({ metadata: { name } });
const page = (names: string[], next?: string) => ({
  body: {
    metadata: { resourceVersion: '9', ...(next === undefined ? {} : { continue: next }) },
    items: names.map(pod),
  },
});
const conflict = { status: 409, body: { reason: 'Conflict', message: 'the object has been modified' } };
const tooOld = { status: 410, body: { reason: 'Expired' } };

describe('what others get in the way of', () => {
  it('a patch that conflicts is made again, as it was', async () => {
    answers = [conflict, conflict, { body: pod('web') }];
    expect((await kubernetes.patch(web, { metadata: { labels: { a: 'b' } } }))?.metadata.name).toBe('web');
    expect(asked).toEqual(['PATCH', 'PATCH', 'PATCH']);
  });

  it('and is not made for ever', async () => {
    answers = [conflict, conflict, conflict, conflict, conflict];
    await expect(kubernetes.patch(web, {})).rejects.toMatchObject({ code: 'LF-RUNNER-001', details: { status: 409 } });
    expect(asked).toHaveLength(4);
  });

  it('a long list whose pages are too old (410) begins anew, and holds nothing twice', async () => {
    answers = [page(['a', 'b'], 'n1'), tooOld, page(['a', 'c'], 'n2'), page(['d'])];
    const { items } = await kubernetes.list(type);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'c', 'd']);
    expect(asked).toEqual(['GET', 'GET n1', 'GET', 'GET n2']);
  });

  it('and is not begun for ever', async () => {
    answers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? page(['a'], 'n') : tooOld));
    await expect(kubernetes.list(type)).rejects.toMatchObject({ details: { status: 410 } });
    expect(asked.length).toBeLessThan(12);
  });
});
