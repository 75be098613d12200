import { randomUUID } from 'node:crypto';
import { type Answer, refusal } from './answer.ts';
import type { Route } from './routes.ts';

const none = new Uint8Array();

/**
 * Uploads under way. What came of a body that broke off is kept, of a PATCH and of the one PUT as well, and where an upload stands is
 * part of its address, as with distribution.
 */
export class Uploads {
  readonly #habits: { readonly oneBodyPerUpload: boolean };
  readonly #held = new Map<string, { bytes: Uint8Array; chunks: number }>();

  constructor(habits: { readonly oneBodyPerUpload: boolean }) {
    this.#habits = habits;
  }

  open(repository: string): Answer {
    const id = randomUUID();
    this.#held.set(id, { bytes: none, chunks: 0 });
    return { status: 202, headers: { location: addressOf(repository, id, 0), range: '0-0' }, body: none };
  }

  bytes(id: string): Uint8Array {
    return this.#held.get(id)?.bytes ?? none;
  }

  append(id: string, body: Uint8Array): void {
    const upload = this.#held.get(id);
    if (upload === undefined || (this.#habits.oneBodyPerUpload && upload.chunks > 0)) return;
    upload.bytes = Buffer.concat([upload.bytes, body]);
    upload.chunks++;
  }

  forget(id: string): void {
    this.#held.delete(id);
  }

  status({ repository, reference }: Route): Answer {
    const held = this.#held.get(reference)?.bytes.byteLength;
    if (held === undefined) return refusal(404, 'BLOB_UPLOAD_UNKNOWN');
    const headers = { location: addressOf(repository, reference, held), range: `0-${Math.max(0, held - 1)}` };
    return { status: 204, headers, body: none };
  }

  /** A body that is not the next, by its range or by the address that it was sent to. */
  refuse({ reference, query }: Route, range: string | undefined, body: Uint8Array): Answer | undefined {
    const upload = this.#held.get(reference);
    if (upload === undefined) return refusal(404, 'BLOB_UPLOAD_UNKNOWN');
    const second = upload.chunks > 0 && body.byteLength > 0;
    if (this.#habits.oneBodyPerUpload && second) return refusal(400, 'BLOB_UPLOAD_INVALID');
    const held = upload.bytes.byteLength;
    const follows =
      query.get('_state') === `${held}/b` && (range === undefined || Number(range.split('-')[0]) === held);
    return follows ? undefined : refusal(416, 'RANGE_INVALID');
  }
}

function addressOf(repository: string, id: string, held: number): string {
  return `/v2/${repository}/blobs/uploads/${id}?_state=${held}%2Fb`;
}
