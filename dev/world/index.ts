export type { AdminClient } from './admin-client.ts';
export { type Authority, type KeyPair, createAuthority } from './authority.ts';
export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { freePorts } from './free-port.ts';
export { type Ground, openGround } from './ground.ts';
export type { ImageCredentials } from './image-credentials.ts';
export { type WorldNetwork, prepareNetwork } from './network.ts';
export { type Reaper, startReaper } from './reaper.ts';
export { type Registry, type RegistryBackend, prepareBackend, startRegistry } from './registry.ts';
export {
  type FrontDecision,
  type FrontRecord,
  type FrontRequest,
  type RegistryFront,
  startRegistryFront,
} from './registry-front.ts';
export type { RegistryAction } from './registry-path.ts';
export { startProcess, waitUntil } from './start-process.ts';
export { type World, type WorldOptions, startWorld } from './world.ts';
