import type { Answer, Caller } from '../../testing/guarded-cluster.ts';
import { accounts, bindTo, deployment, foreign, nodeVolume, pinned, pod, rbac, runs } from './attacks.ts';

/** What a pod of the product is to the API server: an account that its chart brings. */
export const operator = { kind: 'ServiceAccount', namespace: 'shop', name: 'operator' };

export type PodAttack = {
  name: string;
  /** `usual`: what its component has unasked, and may hand on. `every`: every right in the cluster, handed on or given by the customer. */
  rights: 'usual' | 'every';
  /** The policies that hold it, each of them alone by one rule. */
  guards: string[];
  attempt: (as: Caller) => Promise<Answer>;
};

const nodes = ['landfall-component-nodes', 'landfall-namespace-nodes'];
const images = ['landfall-component-images', 'landfall-namespace-images'];
const place = ['landfall-component-place'];
const folders = { volumes: [{ name: 'pods', hostPath: { path: '/var/lib/kubelet/pods' } }] };
const container = (more: object) => ({ containers: [{ name: 'c', image: pinned, ...more }] });
const pods = '/api/v1/namespaces/shop/pods';
const cronJob = (name: string, spec: object) => {
  const template = { spec: { restartPolicy: 'Never', ...spec } };
  return { metadata: { name }, spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } } };
};
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const labelled = (labels: object) => ({ metadata: { labels } });
/** Into a pod that runs already, by kubectl debug's way. */
const debug = (as: Caller, more: object): Promise<Answer> =>
  as('PATCH', `${pods}/own/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: 'd', ...more }] } });

export const podAttacks: PodAttack[] = [
  {
    name: 'starts a privileged pod',
    rights: 'usual',
    guards: nodes,
    attempt: (as) => as('POST', pods, pod('root', container({ securityContext: { privileged: true } }))),
  },
  {
    name: 'starts a pod with a folder of the node',
    rights: 'usual',
    guards: nodes,
    attempt: (as) => as('POST', pods, pod('thief', runs(pinned, folders))),
  },
  {
    name: "starts a pod among the node's processes",
    rights: 'usual',
    guards: nodes,
    attempt: (as) => as('POST', pods, pod('spy', runs(pinned, { hostPID: true }))),
  },
  {
    name: "takes the capability of a mesh's sidecar for an image of its own",
    rights: 'usual',
    guards: nodes,
    attempt: (as) =>
      as('POST', pods, pod('net', container({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } }))),
  },
  {
    name: 'lets a Deployment start privileged pods',
    rights: 'usual',
    guards: ['landfall-component-nodes'],
    attempt: (as) =>
      as(
        'POST',
        '/apis/apps/v1/namespaces/shop/deployments',
        deployment('root', container({ securityContext: { privileged: true } })),
      ),
  },
  {
    name: 'lets a CronJob start pods with a folder of the node',
    rights: 'usual',
    guards: ['landfall-component-nodes'],
    attempt: (as) => as('POST', '/apis/batch/v1/namespaces/shop/cronjobs', cronJob('thief', runs(pinned, folders))),
  },
  {
    name: 'starts a pod of an image from elsewhere',
    rights: 'usual',
    guards: images,
    attempt: (as) => as('POST', pods, pod('miner', runs(foreign))),
  },
  {
    name: 'puts an image from elsewhere into a pod that runs',
    rights: 'usual',
    guards: images,
    attempt: (as) => as('PATCH', `${pods}/own`, { spec: runs(foreign) }, strategic),
  },
  {
    name: 'lets a Deployment start an image from elsewhere',
    rights: 'usual',
    guards: ['landfall-component-images'],
    attempt: (as) => as('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('miner', runs(foreign))),
  },
  ...[{ 'landfall.dev/images': 'any' }, { 'pod-security.kubernetes.io/enforce': 'privileged' }].map(
    (labels): PodAttack => ({
      name: `exempts its namespace by the label ${Object.keys(labels).join()}`,
      rights: 'usual',
      guards: place,
      attempt: (as) => as('PATCH', '/api/v1/namespaces/shop', labelled(labels)),
    }),
  ),
  {
    name: 'takes away the label by which its namespace is guarded',
    rights: 'usual',
    guards: place,
    attempt: (as) => as('PATCH', '/api/v1/namespaces/shop', labelled({ 'landfall.dev/managed': null })),
  },
  {
    name: 'gives its rights to everybody who does not log in, which no guard knows as a pod',
    rights: 'usual',
    guards: place,
    attempt: (as) =>
      as(
        'POST',
        `${rbac}/namespaces/shop/rolebindings`,
        bindTo('nobody', 'ClusterRole', 'landfall-component', { kind: 'User', name: 'system:anonymous' }),
      ),
  },
  {
    name: 'gives rights to the account of a component',
    rights: 'usual',
    guards: place,
    attempt: (as) =>
      as(
        'POST',
        `${rbac}/namespaces/shop/rolebindings`,
        bindTo('helping', 'ClusterRole', 'landfall-component', { ...operator, namespace: accounts, name: 'other' }),
      ),
  },
  {
    name: 'puts a privileged container into a pod that runs',
    rights: 'every',
    guards: nodes,
    attempt: (as) => debug(as, { image: pinned, securityContext: { privileged: true } }),
  },
  {
    name: 'debugs a pod with an image from elsewhere',
    rights: 'every',
    guards: images,
    attempt: (as) => debug(as, { image: foreign }),
  },
  {
    name: 'makes a volume of a folder of the node',
    rights: 'every',
    guards: ['landfall-component-nodes'],
    attempt: (as) => as('POST', '/api/v1/persistentvolumes', nodeVolume),
  },
  {
    name: 'starts a privileged pod in a namespace of the customer',
    rights: 'every',
    guards: ['landfall-component-nodes'],
    attempt: (as) =>
      as(
        'POST',
        '/api/v1/namespaces/customers/pods',
        pod('root', container({ securityContext: { privileged: true } })),
      ),
  },
  {
    name: 'starts a pod as the runner',
    rights: 'every',
    guards: place,
    attempt: (as) =>
      as(
        'POST',
        '/api/v1/namespaces/landfall-system/pods',
        pod('runner', runs(pinned, { serviceAccountName: 'landfall-runner' })),
      ),
  },
  {
    name: 'gets a token of the runner',
    rights: 'every',
    guards: place,
    attempt: (as) =>
      as('POST', '/api/v1/namespaces/landfall-system/serviceaccounts/landfall-runner/token', { spec: {} }),
  },
  {
    name: 'gets a token of a component',
    rights: 'every',
    guards: place,
    attempt: (as) => as('POST', `/api/v1/namespaces/${accounts}/serviceaccounts/shop/token`, { spec: {} }),
  },
  {
    name: 'makes a RunnerPolicy',
    rights: 'every',
    guards: place,
    attempt: (as) =>
      as('POST', '/apis/landfall.dev/v1alpha1/namespaces/shop/runnerpolicies', {
        apiVersion: 'landfall.dev/v1alpha1',
        kind: 'RunnerPolicy',
        metadata: { name: 'mine' },
        spec: {},
      }),
  },
  {
    name: 'makes a namespace in which any image may run',
    rights: 'every',
    guards: place,
    attempt: (as) =>
      as('POST', '/api/v1/namespaces', {
        metadata: { name: 'lawless', labels: { 'landfall.dev/images': 'any' } },
      }),
  },
  {
    name: "exempts its namespace by way of the namespace's status",
    rights: 'every',
    guards: place,
    attempt: (as) => as('PATCH', '/api/v1/namespaces/shop/status', labelled({ 'landfall.dev/images': 'any' })),
  },
];
