import { expect, it } from 'vitest';
import { addTraffic, trafficOf } from './traffic.ts';

const line = (request: string, status: number, bytes: number): string =>
  `127.0.0.1 - - [21/Nov/2026:15:00:00 +0000] "${request} HTTP/1.1" ${status} ${bytes} "" "agent \\"x\\""\n`;

it('counts every request, and bytes of bodies only', () => {
  const log = [
    line('GET /v2/', 200, 2),
    line('HEAD /v2/a/b/manifests/v1', 200, 500),
    line('GET /v2/a/blobs/blobs/sha256:1', 200, 1000),
    line('GET /v2/a/blobs/sha256:2', 206, 300),
    line('POST /v2/a/blobs/uploads/', 202, 0),
    line('PUT /v2/a/blobs/uploads/1?_state=x&digest=sha256%3A2', 201, 0),
  ].join('');
  const traffic = trafficOf(log);
  expect(traffic).toEqual({
    requests: 6,
    bytesSent: 1302,
    byKind: {
      'GET other': 1,
      'HEAD manifests': 1,
      'GET blobs': 2,
      'POST uploads': 1,
      'PUT uploads': 1,
    },
  });
  expect(addTraffic(traffic, traffic)).toMatchObject({ requests: 12, bytesSent: 2604, byKind: { 'GET blobs': 4 } });
});
