import { describe, expect, it } from 'vitest';
import type { Json, JsonObject, Right } from '../../contract/index.ts';
import { definedKinds, neededRights } from './needed-rights.ts';

const metadata = (name: string, more: object = {}) => ({ name, ...more });
const object = (apiVersion: string, kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind,
  metadata: metadata(name),
  ...more,
});
const definition = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'topics.shop.example', {
  spec: { group: 'shop.example', scope: 'Namespaced', names: { kind: 'Topic', plural: 'topics' } },
});
const topic = object('shop.example/v1', 'Topic', 'orders');
const rbac = 'rbac.authorization.k8s.io/v1';
const role = (kind: string, rule: JsonObject): JsonObject =>
  object(rbac, kind, 'shop', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }] });

const needs = (objects: Json[], more: { rights?: Right[]; variable?: string[]; definitions?: Json[] } = {}): string[] =>
  neededRights({
    component: { name: 'web', namespace: 'shop', ...(more.rights === undefined ? {} : { rights: more.rights }) },
    objects,
    definitions: definedKinds([...(more.definitions ?? []), ...objects]),
    variable: more.variable ?? [],
  }).map(({ scope, namespaces, apiGroups, resources, resourceNames, verbs }) =>
    [
      scope,
      namespaces?.join() ?? '',
      verbs.join(),
      `${resources.join()}.${apiGroups.join()}`,
      resourceNames?.join() ?? '',
    ]
      .filter((text) => text !== '')
      .join(' '),
  );
const manage = 'get,create,update,patch,delete';
const definitions = `${manage} customresourcedefinitions.apiextensions.k8s.io`;

describe('what a component needs beyond the usual', () => {
  it.each<[string, string[], JsonObject[], Parameters<typeof needs>[1]?]>([
    ['nothing for what charts are made of', [], [object('apps/v1', 'Deployment', 'web'), object('v1', 'Secret', 's')]],
    ['nothing for its own namespace, which the runner makes', [], [object('v1', 'Namespace', 'shop')]],
    ['nothing for a role within what it has', [], [role('Role', {}), object(rbac, 'RoleBinding', 'b')]],
    ['its definitions by their names', [`cluster ${definitions} topics.shop.example`], [definition]],
    [
      'and their objects in its namespace',
      [`cluster ${definitions} topics.shop.example`, `namespace ${manage} topics.shop.example`],
      [definition, topic],
    ],
    [
      'objects of a kind that an earlier component defines',
      [`namespace ${manage} topics.shop.example`],
      [topic],
      { definitions: [definition] },
    ],
    [
      'no name where the name comes by an expression',
      [`cluster ${manage} priorityclasses.scheduling.k8s.io`],
      [object('scheduling.k8s.io/v1', 'PriorityClass', 'lf-example-high')],
      { variable: ['lf-example'] },
    ],
    [
      'what a Role gives beyond the usual, since nobody gives what they do not have',
      ['namespace create pods/exec.'],
      [role('Role', { resources: ['pods/exec'], verbs: ['create'] })],
    ],
    [
      'all that a ClusterRole gives, and the ClusterRole itself',
      ['cluster get pods.', `cluster ${manage} clusterroles.rbac.authorization.k8s.io shop`],
      [role('ClusterRole', {})],
    ],
    [
      'objects in another namespace, there',
      [`namespace monitoring ${manage} configmaps.`],
      [{ ...object('v1', 'ConfigMap', 'dashboard'), metadata: metadata('dashboard', { namespace: 'monitoring' }) }],
    ],
    [
      'the items of a List',
      [`cluster ${definitions} topics.shop.example`],
      [{ apiVersion: 'v1', kind: 'List', items: [definition] }],
    ],
  ])('%s', (_name, expected, objects, more) => {
    expect(needs(objects, more)).toEqual(expected);
  });

  it('names of one kind are one right', () => {
    const two = [object('node.k8s.io/v1', 'RuntimeClass', 'b'), object('node.k8s.io/v1', 'RuntimeClass', 'a')];
    expect(needs(two)).toEqual([`cluster ${manage} runtimeclasses.node.k8s.io a,b`]);
  });

  const monitor = object('monitoring.example/v1', 'ServiceMonitor', 'web');
  it('a kind that nobody describes is stated by the vendor, or refused', () => {
    expect(() => needs([monitor])).toThrow(/ServiceMonitor of monitoring.example/);
    const rule = {
      apiGroups: ['monitoring.example'],
      resources: ['servicemonitors'],
      verbs: ['get', 'create', 'patch'],
    };
    const rights: Right[] = [{ scope: 'namespace', ...rule, reason: 'Is watched.' }];
    expect(needs([monitor], { rights })).toEqual(['namespace get,create,patch servicemonitors.monitoring.example']);
  });

  it.each([
    ['impersonate', role('ClusterRole', { resources: ['users'], verbs: ['impersonate'] })],
    ['every group', role('ClusterRole', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] })],
    ['secrets of all namespaces', role('ClusterRole', { resources: ['secrets'] })],
    ['the runner’s own kinds', role('ClusterRole', { apiGroups: ['landfall.dev'], resources: ['runnerpolicies'] })],
    ['URLs', object(rbac, 'ClusterRole', 'metrics', { rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] })],
    ['admission policies', object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'mine')],
    [
      'a namespace of Kubernetes',
      { ...object('v1', 'ConfigMap', 'x'), metadata: metadata('x', { namespace: 'kube-system' }) },
    ],
  ])('%s: refused, with the reason', (_name, given) => {
    expect(() => needs([given])).toThrow(expect.objectContaining({ code: 'LF-RELEASE-015' }));
  });
});
