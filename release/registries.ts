import type { RegistryClient } from '../oci/index.ts';

/** The registries a build may read from, by `host[:port]`; undefined: not configured, so nothing is fetched from it. */
export type Registries = (host: string) => RegistryClient | undefined;
