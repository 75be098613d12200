import type { HashTrail } from '../hash-trail.ts';
import type { Transport } from './exchange.ts';
import type { Keeping } from './kept-bytes.ts';
import type { RetryOptions } from './retry.ts';

export type CallOptions = { readonly signal?: AbortSignal };

export type BlobReadOptions = CallOptions & {
  /** The reader is done with a piece before it asks for the next: the source may use its buffer again, which costs half. */
  readonly lent?: boolean;
  /** Told how the hash stands while it is read, so that a part can be read again (`readAgain`). */
  readonly trail?: HashTrail;
};

export type BlobWriteOptions = CallOptions & {
  /** The body is compared with its digest where it comes from, its end held back until it is right: it is not hashed again. */
  readonly verified?: boolean;
};

/** What the parts of the client work with. */
export type RegistryContext = {
  readonly host: string;
  readonly send: Transport;
  readonly retry: RetryOptions;
  readonly uploads: {
    /** Learned from the registry's refusals: above this it gets chunks. */
    largestBody: number;
    /** Learned once: a mount from the same repository is answered with 201 when the blob is there. */
    tellsWhatIsThere: boolean | undefined;
    /** False once it refused to go on with an upload at the place that it had named itself (ECR takes one body): it is not tried again. */
    goesOn: boolean;
    readonly keeping: Keeping;
  };
};

/** Up to here a blob is held in memory: little more than the heads of its requests, it is read and sent as they are. */
const smallBytes = 64 * 1024;

export function isSmall(content: { readonly size: number }): boolean {
  return content.size <= smallBytes;
}

/** From here on a blob's bytes cost more than its requests. */
const bulkBytes = 1024 * 1024;

export function isBulk(content: { readonly size: number }): boolean {
  return content.size >= bulkBytes;
}
