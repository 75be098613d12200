import { connect } from 'node:net';
import type { PostRendered } from './render.ts';

/**
 * Over the runner's socket: a line of JSON with the arguments, then the manifests; back comes a line of JSON with the verdict and the length of
 * what follows. Rejects when no whole answer came: half a manifest must never reach Helm. No library here: its start is what this saves.
 */
export function askRunner(socketPath: string, args: readonly string[], rendered: string): Promise<PostRendered> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(socketPath);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('end', () => {
      try {
        resolve(answerIn(Buffer.concat(chunks)));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.end(`${JSON.stringify({ args })}\n${rendered}`);
  });
}

function answerIn(bytes: Buffer): PostRendered {
  const end = bytes.indexOf('\n');
  const head: unknown = JSON.parse(bytes.toString('utf8', 0, Math.max(end, 0)));
  const body = bytes.subarray(end + 1);
  const whole = typeof head === 'object' && head !== null && 'bytes' in head && head.bytes === body.byteLength;
  if (!whole || !('refused' in head) || typeof head.refused !== 'boolean') throw new Error('no whole answer came');
  const text = body.toString('utf8');
  return head.refused ? { refused: text } : { text };
}
