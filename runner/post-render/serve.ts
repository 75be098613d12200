import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import * as z from 'zod';
import { postRender } from './render.ts';

export type PostRenderServer = {
  /** For the children's environment, under `postRenderSocketVariable`. */
  path: string;
  close(): Promise<void>;
};

/** A unix socket's path has a limit (unix(7)); where it would be longer, post-renderers work by themselves. */
const longestPath = 100;
const headSchema = z.object({ args: z.array(z.string()) });

/**
 * Does the work of post-renderers in this process, warm: a start of Node with all of its libraries for each release costs as much as Helm itself.
 * `path` lies in a folder that nobody else may enter. Null where it cannot be.
 */
export async function servePostRender(path: string): Promise<PostRenderServer | null> {
  if (Buffer.byteLength(path) > longestPath) return null;
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => socket.destroy()); // Whoever asked is gone.
    socket.on('close', () => open.delete(socket));
    socket.on('end', () => socket.end(answerTo(Buffer.concat(chunks))));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.unref();
  return {
    path,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answerTo(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\n');
  // Not one of our post-renderers: it gets no answer.
  const head = headSchema.safeParse(jsonOr(bytes.toString('utf8', 0, Math.max(end, 0))));
  if (!head.success) return Buffer.alloc(0);
  const done = postRender(head.data.args, bytes.toString('utf8', end + 1));
  const body = Buffer.from('text' in done ? done.text : done.refused);
  return Buffer.concat([
    Buffer.from(`${JSON.stringify({ refused: 'refused' in done, bytes: body.byteLength })}\n`),
    body,
  ]);
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
