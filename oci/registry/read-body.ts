import { LandfallError } from '../../contract/index.ts';
import type { ResponseBody } from './exchange.ts';
import { noBody } from './wire/exchange.ts';

/** More than this is not worth reading to keep a connection. */
const drainBytes = 64 * 1024;

/** Reads a whole body of at most `limit` bytes. `what`, for errors: `registry.example, fetching manifest 1.0 of shop/web` */
export async function readBody(body: ResponseBody, limit: number, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > limit) {
        throw new LandfallError('LF-OCI-006', `${what}: the answer has more than the ${limit} bytes that are accepted`);
      }
      chunks.push(Buffer.from(chunk));
    }
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    throw new LandfallError('LF-OCI-002', `${what}: the connection broke`, { cause: error, temporary: true });
  }
  return Buffer.concat(chunks);
}

/** Frees the connection: reads what little there is, cuts it otherwise. */
export async function drain(body: ResponseBody): Promise<void> {
  if (body === noBody) return;
  let left = drainBytes;
  try {
    for await (const chunk of body) {
      left -= chunk.byteLength;
      if (left < 0) return;
    }
  } catch {
    // The answer is known; that its body broke changes nothing.
  }
}
