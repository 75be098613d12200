import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';

type Answer = { status: number; headers: Record<string, string>; body: Uint8Array };

const slice = 64 * 1024;

/** Writes the answer, spoiled by the fault. Returns how many bytes of body were handed to the connection. */
export async function sendBody(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
  pause: (ms: number) => Promise<void>,
): Promise<number> {
  const { status, headers, body } = answer;
  const length = String(body.byteLength + (fault?.kind === 'wrong-length' ? fault.by : 0));
  switch (fault?.kind) {
    case 'cut':
      response.writeHead(status, { ...headers, 'content-length': length });
      return cut(response, body.subarray(0, fault.after));
    case 'truncated':
      // Chunked, so that the end looks regular.
      response.writeHead(status, headers);
      response.end(body.subarray(0, fault.to));
      return Math.min(fault.to, body.byteLength);
    case 'wrong-length':
      response.writeHead(status, { ...headers, 'content-length': length });
      return cut(response, body);
    case 'wrong-bytes': {
      const wrong = Uint8Array.from(body);
      const middle = Math.floor(wrong.byteLength / 2);
      wrong.set([(wrong[middle] ?? 0) ^ 1], middle);
      response.writeHead(status, { ...headers, 'content-length': length }).end(wrong);
      return wrong.byteLength;
    }
    case 'endless':
      response.writeHead(status, headers);
      return endless(response, body);
    case 'drip':
      response.writeHead(status, { ...headers, 'content-length': length });
      return drip(response, body, fault.bytes, () => pause(fault.everyMs));
    default:
      response.writeHead(status, { ...headers, 'content-length': length }).end(body);
      return body.byteLength;
  }
}

async function cut(response: ServerResponse, body: Uint8Array): Promise<number> {
  await new Promise<void>((resolve) => {
    if (body.byteLength === 0) response.flushHeaders();
    if (body.byteLength === 0) setImmediate(resolve);
    else response.write(body, () => resolve());
  });
  // Half-closed first: what was written must arrive, so that a test knows how many bytes were there before the cut.
  response.socket?.end();
  return body.byteLength;
}

async function endless(response: ServerResponse, body: Uint8Array): Promise<number> {
  let sent = 0;
  response.write(body);
  const more = Buffer.alloc(slice, 7);
  while (!response.destroyed && sent < 1024 * 1024 * 1024) {
    const free = response.write(more);
    sent += more.byteLength;
    if (!free) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          response.off('drain', go).off('close', go);
          resolve();
        };
        response.once('drain', go).once('close', go);
      });
    }
  }
  return sent;
}

async function drip(
  response: ServerResponse,
  body: Uint8Array,
  bytes: number,
  afterEach: () => Promise<void>,
): Promise<number> {
  let at = 0;
  for (; at < body.byteLength && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await afterEach();
  }
  response.end();
  return Math.min(at, body.byteLength);
}
