import { parseAllDocuments } from 'yaml';
import { LandfallError } from '../../../contract/index.ts';
import { kubernetesYaml } from '../../../engines/index.ts';
import { isNotThere, type KubeObject, type Kubernetes, kubeObjectSchema } from '../../kubernetes/index.ts';
import type { HelmId } from './release-secrets.ts';

/** The objects of a stored manifest as Helm applies them: with their namespace, and with the marks of Helm's ownership. Hooks are not part of it. */
export async function objectsOf(kubernetes: Kubernetes, id: HelmId, manifest: string): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  // YAML 1.1, as Kubernetes reads it.
  for (const document of parseAllDocuments(manifest, kubernetesYaml)) {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) continue;
    const parsed = kubeObjectSchema.safeParse(value);
    if (document.errors.length > 0 || !parsed.success || parsed.data.kind === '') {
      throw new LandfallError('LF-RUNNER-013', `the stored manifest of Helm release ${id.releaseName} cannot be read`);
    }
    const { metadata } = parsed.data;
    // An object of a kind that is gone from the cluster (its CRD was deleted) is missing, and says so when it is applied.
    const namespaced = await kubernetes.isNamespaced(parsed.data).catch((error: unknown) => {
      if (isNotThere(error)) return true;
      throw error;
    });
    objects.push({
      ...parsed.data,
      metadata: {
        ...metadata,
        ...(namespaced ? { namespace: metadata.namespace ?? id.namespace } : {}),
        labels: { ...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: {
          ...metadata.annotations,
          'meta.helm.sh/release-name': id.releaseName,
          'meta.helm.sh/release-namespace': id.namespace,
        },
      },
    });
  }
  return objects;
}
