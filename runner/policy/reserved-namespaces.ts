/** Namespaces that no component may touch: the runner's own, and those Kubernetes keeps for itself (`kube-`). */
export function isReservedNamespace(namespace: string, own: string): boolean {
  return namespace === own || namespace.startsWith('kube-');
}
