import type { ChartRepository, RegistryClient } from '../oci/index.ts';

/** The registries a build may read from, by `host[:port]`; undefined: not configured, so nothing is fetched from it. */
export type Registries = (host: string) => RegistryClient | undefined;

/** The chart repositories a build may read from, by their address as landfall.yaml has it. */
export type ChartRepositories = (url: string) => ChartRepository | undefined;
