/** Where the service accounts of components are, beside the runner's own namespace. Nothing runs there, so nobody finds a token of theirs. */
export function accountsNamespaceOf(own: string): string {
  return `${own}-components`;
}

/** Namespaces that no component may touch: the runner's own, that of the components' accounts, and those Kubernetes keeps for itself (`kube-`). */
export function isReservedNamespace(namespace: string, own: string): boolean {
  return namespace === own || namespace === accountsNamespaceOf(own) || namespace.startsWith('kube-');
}
