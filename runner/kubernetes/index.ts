export { createImpersonation, createKubernetes, refOf } from './client.ts';
export { inClusterConnection, kubeconfigConnection, type KubernetesConnection } from './connection.ts';
export { writePodKubeconfig } from './pod-kubeconfig.ts';
export * from './types.ts';
export { createWatchedKubernetes, type WatchedKubernetes } from './watched/watched-kubernetes.ts';
