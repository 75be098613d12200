import { describe, expect, it } from 'vitest';
import { productFileSchema } from './product-file.ts';
import { forbiddenRight, isUsual, rightSchema } from './index.ts';

const right = { scope: 'cluster', apiGroups: [''], resources: ['configmaps'], verbs: ['get'], reason: 'Why.' } as const;

describe('a right in the cluster', () => {
  it.each([
    ['binds', { verbs: ['bind'] }],
    ['escalates', { verbs: ['get', 'escalate'] }],
    ['acts as others', { resources: ['serviceaccounts'], verbs: ['impersonate'] }],
    ["is over everything of Kubernetes' own", { resources: ['*'] }],
    ["has every verb on Kubernetes' own", { apiGroups: ['apps'], verbs: ['*'] }],
    ["reaches for the customer's limits", { apiGroups: ['landfall.dev'] }],
    ['reaches for them one level below', { apiGroups: ['x.landfall.dev'] }],
    [
      'changes admission policies',
      { apiGroups: ['admissionregistration.k8s.io'], resources: ['validatingadmissionpolicybindings'] },
    ],
    ['reads all secrets', { resources: ['secrets'] }],
    ['gets tokens everywhere', { resources: ['serviceaccounts/token'], verbs: ['create'] }],
    ['goes by the nodes', { resources: ['nodes/proxy'] }],
    ["is in Kubernetes' own namespace", { scope: 'namespace', namespaces: ['kube-system'] }],
    ['is of the cluster and names namespaces', { namespaces: ['shop'] }],
    ['is over every group', { apiGroups: ['*'] }],
  ])('that %s cannot be asked for', (_name, change) => {
    expect(rightSchema.safeParse({ ...right, ...change }).success).toBe(false);
  });

  it.each([
    ['of one kind', {}],
    ['over a group of the product', { apiGroups: ['shop.example'], resources: ['*'], verbs: ['*'] }],
    ['to secrets of its own namespaces', { scope: 'namespace', resources: ['secrets'] }],
    ['to webhooks', { apiGroups: ['admissionregistration.k8s.io'], resources: ['validatingwebhookconfigurations'] }],
  ])('%s can', (_name, change) => {
    expect(rightSchema.safeParse({ ...right, ...change }).success).toBe(true);
    expect(forbiddenRight(rightSchema.parse({ ...right, ...change }))).toBeNull();
  });

  it('is held to its letters in landfall.yaml: a typo would give more than was meant', () => {
    const component = (rights: object[]) => ({
      apiVersion: 'landfall.dev/v1',
      kind: 'Product',
      metadata: { name: 'shop', title: 'Shop' },
      components: [{ name: 'web', kind: 'helm', chart: './web', namespace: 'shop', releaseName: 'web', rights }],
    });
    expect(productFileSchema.safeParse(component([{ ...right, resourceNames: ['a'] }])).success).toBe(true);
    expect(productFileSchema.safeParse(component([{ ...right, resourceName: ['a'] }])).success).toBe(false);
  });

  it('is usual in its own namespaces for what charts are made of, and for nothing of the whole cluster', () => {
    expect(isUsual('apps', 'deployments', 'patch')).toBe(true);
    expect(isUsual('', 'pods/log', 'get')).toBe(true);
    expect(isUsual('', 'pods/exec', 'create')).toBe(false);
    expect(isUsual('rbac.authorization.k8s.io', 'clusterroles', 'get')).toBe(false);
  });
});
