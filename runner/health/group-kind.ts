import type { KubeType } from '../kubernetes/index.ts';

/** The groups whose kinds are Kubernetes' own. Others end in `.k8s.io`, too, and are custom resources (Gateway API, snapshots). */
const ownGroups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

export function groupOf({ apiVersion }: { apiVersion: string }): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** `apps/Deployment`, `/Pod`: whatever the version. */
export function groupKindOf(type: KubeType): string {
  return `${groupOf(type)}/${type.kind}`;
}

export function isCustom(type: { apiVersion: string }): boolean {
  return !ownGroups.has(groupOf(type));
}
