import { type Answer, type Caller, guardedMirror } from '../../testing/guarded-cluster.ts';

export const rbac = '/apis/rbac.authorization.k8s.io/v1';
export const admission = '/apis/admissionregistration.k8s.io/v1';
const landfall = '/apis/landfall.dev/v1alpha1/namespaces/landfall-system/runnerpolicies/default';
export const accounts = 'landfall-system-components';
export const foreign = 'evil.test/miner:1';
export const pinned = `${guardedMirror}/shop/web@sha256:${'b'.repeat(64)}`;

export const deployment = (name: string, pod: object) => ({
  metadata: { name },
  spec: { replicas: 0, selector: { matchLabels: { name } }, template: { metadata: { labels: { name } }, spec: pod } },
});
export const runs = (image: string, more: object = {}) => ({ containers: [{ name: 'c', image }], ...more });
export const pod = (name: string, spec: object) => ({ metadata: { name }, spec });
export const role = (name: string, rule: object) => ({
  metadata: { name },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }],
});
export const bindTo = (name: string, kind: string, role: string, subject: object) => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
  subjects: [subject],
});
/** Where the kubelet keeps the tokens of every pod of its node. */
export const nodeVolume = {
  metadata: { name: 'thief' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: '/var/lib/kubelet/pods' },
  },
};
export const productAccount = { kind: 'ServiceAccount', namespace: 'shop', name: 'default' };

/** Of an RBAC rule: what would let an attack through that is held by nothing but the lack of it. */
export type Needed = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };

export type Attack = {
  name: string;
  /** What stops it even where the account has every right; `rights`: only that it has not. */
  guard: 'rights' | 'landfall-component-place' | 'landfall-component-images' | 'landfall-component-nodes';
  /** How many rules of its guard hold it, each of them alone. Absent: one. */
  rules?: number;
  /** With `rights`: those alone would let it through, whatever else holds. */
  needs?: Needed[];
  attempt: (as: Caller) => Promise<Answer>;
};
export const attacks: Attack[] = [
  {
    name: "writes a Secret into the runner's namespace",
    guard: 'landfall-component-place',
    attempt: (as) => as('POST', '/api/v1/namespaces/landfall-system/secrets', { metadata: { name: 'planted' } }),
  },
  {
    // It lies where no component may be, and is of a kind that none may touch.
    name: "edits the customer's RunnerPolicy",
    guard: 'landfall-component-place',
    rules: 2,
    attempt: (as) => as('PATCH', landfall, { spec: { allowedRegistries: ['evil.test'] } }),
  },
  {
    name: 'makes a RunnerPolicy of its own',
    guard: 'landfall-component-place',
    attempt: (as) =>
      as('POST', '/apis/landfall.dev/v1alpha1/namespaces/shop/runnerpolicies', {
        apiVersion: 'landfall.dev/v1alpha1',
        kind: 'RunnerPolicy',
        metadata: { name: 'mine' },
        spec: {},
      }),
  },
  {
    name: "changes the runner's Deployment",
    guard: 'landfall-component-place',
    attempt: (as) =>
      as('PATCH', '/apis/apps/v1/namespaces/landfall-system/deployments/landfall-runner', { spec: { paused: true } }),
  },
  {
    name: 'gets a token of the runner',
    guard: 'landfall-component-place',
    attempt: (as) =>
      as('POST', '/api/v1/namespaces/landfall-system/serviceaccounts/landfall-runner/token', { spec: {} }),
  },
  {
    name: 'gets a token of another component',
    guard: 'landfall-component-place',
    attempt: (as) => as('POST', `/api/v1/namespaces/${accounts}/serviceaccounts/other/token`, { spec: {} }),
  },
  {
    name: "writes into Kubernetes' own namespace",
    guard: 'landfall-component-place',
    attempt: (as) => as('POST', '/api/v1/namespaces/kube-system/configmaps', { metadata: { name: 'planted' } }),
  },
  {
    name: 'widens the role that all components have',
    guard: 'landfall-component-place',
    attempt: (as) => as('PATCH', `${rbac}/clusterroles/landfall-component`, { metadata: { labels: { mine: 'yes' } } }),
  },
  {
    name: 'makes a binding under a name by which components have their rights',
    guard: 'landfall-component-place',
    attempt: (as) =>
      as(
        'POST',
        `${rbac}/namespaces/shop/rolebindings`,
        bindTo('landfall-approved-shop', 'ClusterRole', 'landfall-component', productAccount),
      ),
  },
  {
    name: 'gives rights to the account of another component',
    guard: 'landfall-component-place',
    attempt: (as) => {
      const other = { kind: 'ServiceAccount', namespace: accounts, name: 'other' };
      return as(
        'POST',
        `${rbac}/namespaces/shop/rolebindings`,
        bindTo('helping', 'ClusterRole', 'landfall-component', other),
      );
    },
  },
  {
    name: 'makes a Role over everything',
    guard: 'landfall-component-place',
    attempt: (as) => {
      const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
      return as('POST', `${rbac}/namespaces/shop/roles`, role('everything', all));
    },
  },
  {
    name: 'makes a Role that may act as others',
    guard: 'landfall-component-place',
    attempt: (as) => {
      const rule = { resources: ['serviceaccounts'], verbs: ['impersonate'] };
      return as('POST', `${rbac}/namespaces/shop/roles`, role('masks', rule));
    },
  },
  {
    name: 'takes the guard off its own namespace by a label',
    guard: 'landfall-component-place',
    attempt: (as) => as('PATCH', '/api/v1/namespaces/shop', { metadata: { labels: { 'landfall.dev/images': 'any' } } }),
  },
  {
    name: "defines a kind of the runner's own group",
    guard: 'landfall-component-place',
    attempt: (as) => {
      const schema = { openAPIV3Schema: { type: 'object' } };
      return as('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
        metadata: { name: 'masks.landfall.dev' },
        spec: {
          group: 'landfall.dev',
          scope: 'Namespaced',
          names: { plural: 'masks', singular: 'mask', kind: 'Mask', listKind: 'MaskList' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      });
    },
  },
  {
    name: 'runs an image from elsewhere',
    guard: 'landfall-component-images',
    attempt: (as) => as('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('miner', runs(foreign))),
  },
  {
    name: 'runs an image of the mirror by its tag',
    guard: 'landfall-component-images',
    attempt: (as) =>
      as(
        'POST',
        '/apis/apps/v1/namespaces/shop/deployments',
        deployment('tagged', runs(`${guardedMirror}/shop/web:1`)),
      ),
  },
  {
    name: 'hides an image among the init containers of a CronJob',
    guard: 'landfall-component-images',
    attempt: (as) => {
      const template = {
        spec: { ...runs(pinned), restartPolicy: 'Never', initContainers: [{ name: 'i', image: foreign }] },
      };
      const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } };
      return as('POST', '/apis/batch/v1/namespaces/shop/cronjobs', { metadata: { name: 'later' }, spec });
    },
  },
  {
    name: 'mounts a folder of the node',
    guard: 'landfall-component-nodes',
    attempt: (as) => {
      const volumes = [{ name: 'pods', hostPath: { path: '/var/lib/kubelet/pods' } }];
      return as('POST', '/apis/apps/v1/namespaces/shop/daemonsets', daemonSet('thief', runs(pinned, { volumes })));
    },
  },
  {
    name: 'makes a volume of a folder of the node',
    guard: 'landfall-component-nodes',
    attempt: (as) => as('POST', '/api/v1/persistentvolumes', nodeVolume),
  },
  {
    name: 'runs a privileged container',
    guard: 'landfall-component-nodes',
    attempt: (as) => {
      const containers = [{ name: 'c', image: pinned, securityContext: { privileged: true } }];
      return as('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('root', { containers }));
    },
  },
  {
    name: "binds the product's account to cluster-admin",
    guard: 'rights',
    needs: [
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings'], verbs: ['create'] },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        resourceNames: ['cluster-admin'],
        verbs: ['bind'],
      },
    ],
    attempt: (as) =>
      as('POST', `${rbac}/clusterrolebindings`, bindTo('shop-admin', 'ClusterRole', 'cluster-admin', productAccount)),
  },
  {
    name: "binds the product's account to admin in its own namespace",
    guard: 'rights',
    needs: [
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        resourceNames: ['admin'],
        verbs: ['bind'],
      },
    ],
    attempt: (as) =>
      as('POST', `${rbac}/namespaces/shop/rolebindings`, bindTo('mine', 'ClusterRole', 'admin', productAccount)),
  },
  {
    name: 'acts as the runner',
    guard: 'rights',
    needs: [
      { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['landfall-runner'], verbs: ['impersonate'] },
    ],
    attempt: (as) =>
      as('GET', '/api/v1/namespaces/landfall-system/secrets', undefined, {
        'impersonate-user': 'system:serviceaccount:landfall-system:landfall-runner',
      }),
  },
  {
    name: 'reads the secrets of the runner',
    guard: 'rights',
    needs: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
    attempt: (as) => as('GET', '/api/v1/namespaces/landfall-system/secrets'),
  },
  {
    name: 'writes into a namespace that is not its own',
    guard: 'rights',
    needs: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }],
    attempt: (as) => as('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'planted' } }),
  },
  {
    name: 'deletes the policy that holds it',
    guard: 'rights',
    needs: [
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingadmissionpolicybindings'],
        verbs: ['delete'],
      },
    ],
    attempt: (as) => as('DELETE', `${admission}/validatingadmissionpolicybindings/landfall-component-place`),
  },
];

function daemonSet(name: string, spec: object): object {
  const { replicas: _, ...rest } = deployment(name, spec).spec;
  return { metadata: { name }, spec: rest };
}
