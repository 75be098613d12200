/** What a component may do to objects of a kind in its own namespaces without being asked: nothing, look, or everything. */
const looks = ['get', 'list', 'watch'] as const;
const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;

export type KubernetesKind = {
  kind: string;
  /** Empty: the core group. */
  group: string;
  /** As RBAC names it. */
  resource: string;
  namespaced: boolean;
  /** The verbs that every component has in its own namespaces; the chart's ClusterRole `landfall-component` says the same (a test compares them). */
  usual: readonly string[];
};

const kind = (
  group: string,
  kind: string,
  resource: string,
  usual: readonly string[],
  namespaced = true,
): KubernetesKind => ({ kind, group, resource, namespaced, usual });

const rbac = 'rbac.authorization.k8s.io';

/** The kinds of Kubernetes itself that charts are made of. Others are known by the definition that a release brings. */
export const kubernetesKinds: readonly KubernetesKind[] = [
  kind('', 'ConfigMap', 'configmaps', all),
  kind('', 'PersistentVolumeClaim', 'persistentvolumeclaims', all),
  kind('', 'Pod', 'pods', all),
  kind('', 'Secret', 'secrets', all),
  kind('', 'Service', 'services', all),
  kind('', 'ServiceAccount', 'serviceaccounts', all),
  kind('', 'Endpoints', 'endpoints', looks),
  kind('', 'Event', 'events', ['get', 'list', 'watch', 'create', 'patch']),
  // The namespace itself: Kubernetes counts its object as lying in it. Made by the runner; admission keeps the labels that guard it.
  kind('', 'Namespace', 'namespaces', ['get', 'patch'], false),
  kind('apps', 'DaemonSet', 'daemonsets', all),
  kind('apps', 'Deployment', 'deployments', all),
  kind('apps', 'StatefulSet', 'statefulsets', all),
  kind('apps', 'ReplicaSet', 'replicasets', looks),
  kind('apps', 'ControllerRevision', 'controllerrevisions', looks),
  kind('autoscaling', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', all),
  kind('batch', 'CronJob', 'cronjobs', all),
  kind('batch', 'Job', 'jobs', all),
  kind('coordination.k8s.io', 'Lease', 'leases', all),
  kind('discovery.k8s.io', 'EndpointSlice', 'endpointslices', looks),
  kind('networking.k8s.io', 'Ingress', 'ingresses', all),
  kind('networking.k8s.io', 'NetworkPolicy', 'networkpolicies', all),
  kind('policy', 'PodDisruptionBudget', 'poddisruptionbudgets', all),
  // Kubernetes lets nobody give rights by them that he does not have himself.
  kind(rbac, 'Role', 'roles', all),
  kind(rbac, 'RoleBinding', 'rolebindings', all),
  kind('', 'LimitRange', 'limitranges', []),
  kind('', 'ResourceQuota', 'resourcequotas', []),
  kind('', 'ReplicationController', 'replicationcontrollers', []),
  kind('', 'PersistentVolume', 'persistentvolumes', [], false),
  kind('admissionregistration.k8s.io', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', [], false),
  kind('admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', [], false),
  kind('admissionregistration.k8s.io', 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', [], false),
  kind(
    'admissionregistration.k8s.io',
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
    [],
    false,
  ),
  kind('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions', [], false),
  kind('apiregistration.k8s.io', 'APIService', 'apiservices', [], false),
  kind('networking.k8s.io', 'IngressClass', 'ingressclasses', [], false),
  kind('node.k8s.io', 'RuntimeClass', 'runtimeclasses', [], false),
  kind(rbac, 'ClusterRole', 'clusterroles', [], false),
  kind(rbac, 'ClusterRoleBinding', 'clusterrolebindings', [], false),
  kind('scheduling.k8s.io', 'PriorityClass', 'priorityclasses', [], false),
  kind('storage.k8s.io', 'StorageClass', 'storageclasses', [], false),
  kind('storage.k8s.io', 'CSIDriver', 'csidrivers', [], false),
];

/** Subresources that come with the usual rights. */
export const usualSubresources: readonly Pick<KubernetesKind, 'group' | 'resource' | 'usual'>[] = [
  { group: '', resource: 'pods/log', usual: ['get'] },
];

/** Whether every component has this right in its own namespaces already. */
export function isUsual(group: string, resource: string, verb: string): boolean {
  return [...kubernetesKinds, ...usualSubresources].some(
    (each) => each.group === group && each.resource === resource && each.usual.includes(verb),
  );
}
