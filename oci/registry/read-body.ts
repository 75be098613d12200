import type { Dispatcher } from 'undici';
import { LandfallError } from '../../contract/index.ts';

type Body = Dispatcher.ResponseData['body'];

/** Reads a whole body of at most `limit` bytes. */
export async function readBody(body: Body, limit: number, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      const bytes: Uint8Array = chunk;
      size += bytes.byteLength;
      if (size > limit) {
        throw new LandfallError(
          'LF-OCI-006',
          `The answer to ${what} has more than the ${limit} bytes that are accepted`,
        );
      }
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    throw new LandfallError('LF-OCI-002', `The connection broke while ${what}`, { cause: error, temporary: true });
  }
  return Buffer.concat(chunks);
}

/** Frees the connection: reads what little there is, cuts it otherwise. */
export async function drain(body: Body): Promise<void> {
  await body.dump({ limit: 64 * 1024 }).catch(() => undefined);
}
