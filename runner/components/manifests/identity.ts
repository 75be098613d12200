import type { KubeObject, ObjectRef } from '../../kubernetes/index.ts';
import { componentLabel, managedBy, managedByLabel } from '../marks.ts';

/** `disabled`: the object stays when it leaves the component, and when the component goes. */
export const pruneAnnotation = 'landfall.dev/prune';
export const fieldManager = 'landfall-manifests';

/** `apps/v1/Deployment/shop/web`; of an object without a namespace `v1/Namespace//shop`. As the inventory keeps it. */
export function idOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return [apiVersion, kind, namespace ?? '', name].join('/');
}

export function refOfId(id: string): ObjectRef {
  const parts = id.split('/');
  const [kind = '', namespace = '', name = ''] = parts.splice(-3);
  return { apiVersion: parts.join('/'), kind, name, ...(namespace === '' ? {} : { namespace }) };
}

/** The same object is also there in the other versions of its group. */
export function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return [groupOf(apiVersion), kind, namespace ?? '', name].join('/');
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

export function isOurs({ metadata }: KubeObject, component: string): boolean {
  return metadata.labels?.[componentLabel] === component && metadata.labels[managedByLabel] === managedBy;
}

/** Who an object belongs to, if it says so: Helm, or another component. */
export function ownerOf({ metadata }: KubeObject, component: string): string | null {
  if (metadata.labels?.[managedByLabel] === 'Helm') {
    return `Helm release ${metadata.annotations?.['meta.helm.sh/release-name'] ?? '(unnamed)'}`;
  }
  const other = metadata.labels?.[componentLabel];
  return other === undefined || other === component ? null : `component ${other}`;
}

/** What holds data, or everything in it: the runner never deletes it; whoever owns the data does. */
export function isNeverDeleted({ kind }: ObjectRef): boolean {
  return kind === 'Namespace' || kind === 'CustomResourceDefinition' || kind === 'PersistentVolumeClaim';
}

const builtInGroups = new Set(['', 'apps', 'batch', 'policy', 'autoscaling']);
const settings = new Set([
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'LimitRange',
  'ResourceQuota',
  'NetworkPolicy',
  'PriorityClass',
  'StorageClass',
]);
const data = new Set(['ConfigMap', 'Secret', 'PersistentVolume', 'PersistentVolumeClaim', 'Service']);
const admission = new Set(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService']);

/** In which stage an object is applied, 0 first; deleted in the reverse order. What custom resources need is there before them, and what guards others comes last. */
export function stageOf({ apiVersion, kind }: ObjectRef): number {
  if (kind === 'Namespace') return 0;
  if (kind === 'CustomResourceDefinition') return 1;
  if (settings.has(kind)) return 2;
  if (data.has(kind)) return 3;
  if (admission.has(kind)) return 6;
  const group = groupOf(apiVersion);
  return builtInGroups.has(group) || group.endsWith('.k8s.io') ? 4 : 5;
}
