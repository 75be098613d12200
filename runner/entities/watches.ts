import { componentLabel, managedBy, managedByLabel } from '../components/marks.ts';
import { idOf } from '../components/manifests/identity.ts';
import type { KubeObject, Kubernetes, ListOptions, Observation } from '../kubernetes/index.ts';
import { refOf } from '../kubernetes/index.ts';
import { watchTargetsOfKinds } from '../reconcile/kinds/index.ts';
import type { Parts } from '../reconcile/parts.ts';
import { followTargets } from '../watches.ts';

export type EntityWatches = {
  /** Watches what the components worked on so far have made, and the namespaces that Secrets are copied from. */
  follow(secretNamespaces: Iterable<string>): void;
  stop(): Promise<void>;
};

export type Changed = {
  /** Something that the component has made. */
  component: (name: string) => void;
  /** A Secret that is nobody's component: it may be one that is copied. */
  secret: (namespace: string, name: string) => void;
};

/** One watch per kind and namespace, however many entities there are; of metadata alone, since a change of an object is all that is to be known. */
export function createEntityWatches(kubernetes: Kubernetes, parts: Parts, changed: Changed): EntityWatches {
  const watch = async (target: ListOptions, signal: AbortSignal): Promise<void> => {
    for await (const seen of kubernetes.observe(target, signal)) tell(seen, target);
  };
  const tell = (seen: Observation, target: ListOptions): void => {
    if (seen.type === 'changed') {
      const { object } = seen.event;
      if (seen.event.type !== 'DELETED' && isKnown(parts, object, target)) return;
      return tellObject(object);
    }
    for (const object of seen.objects) if (!isKnown(parts, object, target)) tellObject(object);
    for (const component of missing(parts, seen.objects, target)) changed.component(component);
  };
  const tellObject = (object: KubeObject): void => {
    const component =
      object.metadata.labels?.[componentLabel] ?? object.metadata.annotations?.['meta.helm.sh/release-name'];
    if (component !== undefined) changed.component(component);
    else if (object.metadata.namespace !== undefined) changed.secret(object.metadata.namespace, object.metadata.name);
  };

  const watches = followTargets(watch);
  return {
    follow: (secretNamespaces) => {
      const secrets = [...secretNamespaces].map((namespace) => ({ apiVersion: 'v1', kind: 'Secret', namespace }));
      watches.follow([...watchTargetsOfKinds(parts).map(widened), ...secrets.map(metadataOnly)]);
    },
    stop: () => watches.stop(),
  };
}

/** One component's target as that of all: by who made it. */
function widened(target: ListOptions): ListOptions {
  const { apiVersion, kind, namespace, labelSelector } = target;
  const ofOne = labelSelector?.startsWith(`${componentLabel}=`) === true;
  return metadataOnly({
    ...{ apiVersion, kind, namespace },
    ...(ofOne
      ? { labelSelector: `${managedByLabel}=${managedBy}` }
      : labelSelector === undefined
        ? {}
        : { labelSelector }),
  });
}

function metadataOnly(target: ListOptions): ListOptions {
  return { ...target, metadataOnly: true };
}

/** As the runner itself has left it: no news. */
function isKnown(parts: Parts, object: KubeObject, target: ListOptions): boolean {
  const known = parts.manifests.get(object.metadata.labels?.[componentLabel] ?? '');
  const id = idOf({ ...refOf(object), apiVersion: target.apiVersion, kind: target.kind });
  return known?.live.get(id) === object.metadata.resourceVersion;
}

/** Components that have an object of this kind here, which is not in the list. */
function missing(parts: Parts, objects: readonly KubeObject[], target: ListOptions): string[] {
  const there = new Set(objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`));
  return [...parts.manifests].flatMap(([component, { desired }]) => {
    const gone = desired.objects.some(
      ({ ref }) =>
        ref.kind === target.kind &&
        ref.apiVersion === target.apiVersion &&
        ref.namespace === target.namespace &&
        !there.has(`${ref.namespace ?? ''}/${ref.name}`),
    );
    return gone ? [component] : [];
  });
}
