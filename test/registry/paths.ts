import type { RegistryClientOptions } from '../../oci/index.ts';

/** The ways that bytes go between registries: what survives a fault on one has to survive it on the other. */
export const paths: readonly (readonly [path: string, options: Partial<RegistryClientOptions>])[] = [['undici', {}]];
