export { createAuthority } from './authority.ts';
export { type Cluster, startCluster } from './cluster.ts';
export { freePorts } from './free-port.ts';
export { type Ground, openGround } from './ground.ts';
export { tokenKubeconfig } from './kubeconfig.ts';
export { type Registry, startRegistry } from './registry.ts';
export { startProcess, waitUntil } from './start-process.ts';
export { type World, startWorld } from './world.ts';
