import type { Answer, Caller } from '../../testing/guarded-cluster.ts';
import { accounts, admission, bindTo, deployment, type Needed, pinned, rbac, runs } from './attacks.ts';

export const runner = { kind: 'ServiceAccount', namespace: 'landfall-system', name: 'landfall-runner' };
export const component = { kind: 'ServiceAccount', namespace: accounts, name: 'shop' };
export const bindings = (namespace: string): string => `${rbac}/namespaces/${namespace}/rolebindings`;

type Attempt = {
  name: string;
  /** What stops it first; `behind`: what would stop it if that did not. */
  guard: 'rights' | 'landfall-runner-place';
  behind?: 'landfall-runner-place';
  /** With `rights`: those alone would let it through, but for what is behind. */
  needs?: Needed[];
  attempt: (as: Caller) => Promise<Answer>;
};
export const attempts: Attempt[] = [
  {
    name: 'binds itself to what components may do',
    guard: 'landfall-runner-place',
    attempt: (as) =>
      as('POST', bindings('shop'), bindTo('landfall-component-me', 'ClusterRole', 'landfall-component', runner)),
  },
  {
    name: "binds a component in Kubernetes' own namespace",
    guard: 'landfall-runner-place',
    attempt: (as) =>
      as(
        'POST',
        bindings('kube-system'),
        bindTo('landfall-component-shop', 'ClusterRole', 'landfall-component', component),
      ),
  },
  {
    name: "binds a component in the runner's own namespace",
    guard: 'landfall-runner-place',
    attempt: (as) =>
      as(
        'POST',
        bindings('landfall-system'),
        bindTo('landfall-component-shop', 'ClusterRole', 'landfall-component', component),
      ),
  },
  {
    name: 'deletes a binding that is not its own',
    guard: 'landfall-runner-place',
    attempt: (as) => as('DELETE', `${bindings('shop')}/of-the-customer`),
  },
  {
    name: 'makes a namespace in which any image may run',
    guard: 'landfall-runner-place',
    attempt: (as) =>
      as('POST', '/api/v1/namespaces', { metadata: { name: 'lawless', labels: { 'landfall.dev/images': 'any' } } }),
  },
  {
    name: 'writes a Secret of the product that is not the runner’s',
    guard: 'landfall-runner-place',
    attempt: (as) => as('POST', '/api/v1/namespaces/shop/secrets', { metadata: { name: 'token' }, type: 'Opaque' }),
  },
  {
    name: 'writes a pull secret over one of Kubernetes',
    guard: 'landfall-runner-place',
    attempt: (as) =>
      as('PATCH', '/api/v1/namespaces/kube-system/secrets/landfall-pull', { metadata: { labels: { mine: 'yes' } } }),
  },
  {
    name: 'binds a component to cluster-admin',
    guard: 'rights',
    behind: 'landfall-runner-place',
    needs: [
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        resourceNames: ['cluster-admin'],
        verbs: ['bind'],
      },
    ],
    attempt: (as) =>
      as('POST', bindings('shop'), bindTo('landfall-component-x', 'ClusterRole', 'cluster-admin', component)),
  },
  {
    name: 'binds something in the whole cluster',
    guard: 'rights',
    needs: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings'], verbs: ['create'] }],
    attempt: (as) =>
      as('POST', `${rbac}/clusterrolebindings`, bindTo('x', 'ClusterRole', 'landfall-component', component)),
  },
  {
    name: 'makes a role',
    guard: 'rights',
    needs: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['create'] }],
    attempt: (as) => as('POST', `${rbac}/clusterroles`, { metadata: { name: 'x' }, rules: [] }),
  },
  {
    name: 'acts as an admin',
    guard: 'rights',
    needs: [{ apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] }],
    attempt: (as) =>
      as('GET', '/api/v1/nodes', undefined, { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' }),
  },
  {
    name: 'acts as an account that is no component',
    guard: 'rights',
    needs: [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] }],
    attempt: (as) =>
      as(
        'POST',
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        {},
        { 'impersonate-user': 'system:serviceaccount:kube-system:default' },
      ),
  },
  {
    name: 'makes a Deployment with its own rights',
    guard: 'rights',
    needs: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['create'] }],
    attempt: (as) => as('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('own', runs(pinned))),
  },
  {
    name: "edits the customer's policy",
    guard: 'rights',
    needs: [{ apiGroups: ['landfall.dev'], resources: ['runnerpolicies'], verbs: ['patch'] }],
    attempt: (as) =>
      as('PATCH', '/apis/landfall.dev/v1alpha1/namespaces/landfall-system/runnerpolicies/default', {
        spec: { paused: false },
      }),
  },
  {
    name: 'gets a token of a component',
    guard: 'rights',
    needs: [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }],
    attempt: (as) => as('POST', `/api/v1/namespaces/${accounts}/serviceaccounts/shop/token`, { spec: {} }),
  },
  {
    name: 'deletes the policy that holds it',
    guard: 'rights',
    needs: [
      { apiGroups: ['admissionregistration.k8s.io'], resources: ['validatingadmissionpolicies'], verbs: ['delete'] },
    ],
    attempt: (as) => as('DELETE', `${admission}/validatingadmissionpolicies/landfall-runner-place`),
  },
];
