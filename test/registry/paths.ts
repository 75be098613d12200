import { Agent } from 'undici';
import type { RegistryClientOptions } from '../../oci/index.ts';

/**
 * The two ways that bytes go between registries: by connections of our own (large blobs), and by a dispatcher alone. What survives a
 * fault on the one has to survive it on the other.
 */
export const paths: readonly (readonly [path: string, options: Partial<RegistryClientOptions>])[] = [
  ['connections of our own', {}],
  ['a dispatcher', { dispatcher: new Agent() }],
];
