import type { Transport } from './exchange.ts';
import type { RetryOptions } from './retry.ts';

export type CallOptions = { readonly signal?: AbortSignal };

/** What the parts of the client work with. */
export type RegistryContext = {
  readonly host: string;
  readonly send: Transport;
  readonly retry: RetryOptions;
  /** Learned from the registry's refusals: above this it gets chunks. */
  readonly uploads: { largestBody: number };
};
