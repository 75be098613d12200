import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  type ExpressionScope,
  jsonObjectSchema,
  type JsonObject,
  LandfallError,
  limits,
  type ManifestsComponent,
  parseJson,
  resolveObject,
} from '../../../contract/index.ts';
import { keptFile } from '../../guards/kept-files.ts';
import { type KubeObject, kubeObjectSchema, type ObjectRef, refOf } from '../../kubernetes/index.ts';
import { isReservedNamespace } from '../../policy/index.ts';
import type { Mirror } from '../../ports.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { componentLabel, managedBy, managedByLabel } from '../marks.ts';
import { renderObject, type RenderParts } from '../render-object.ts';
import { idOf, keyOf, stageOf } from './identity.ts';

export type DesiredObject = {
  id: string;
  ref: ObjectRef;
  object: KubeObject;
  /** Some of its fields are left as others have set them: applied, it is not yet as it should be. */ partly?: true;
};
/** Everything resolved: expressions, namespaces, images, marks; in the order in which it is applied. */
export type DesiredManifests = {
  component: ManifestsComponent;
  objects: readonly DesiredObject[];
  fingerprint: string;
};

export type DesiredParts = RenderParts & {
  mirror: Pick<Mirror, 'referenceOf' | 'fetchManifests'>;
  workDir: string;
};

const mostObjects = 10_000;

/** The objects of a component as the vendor packed them, by digest; expressions still stand in them. */
export async function readManifests(
  parts: DesiredParts,
  component: ManifestsComponent,
  signal: AbortSignal,
): Promise<JsonObject[]> {
  const { digest, size } = component.manifests;
  const path = await keptFile({
    dir: join(parts.workDir, 'manifests'),
    name: `${digest.replace(':', '-')}.json`,
    bytes: size,
    bring: (file) => parts.mirror.fetchManifests(component.manifests, file, signal),
  });
  const what = `the manifests of ${component.name}`;
  return parseJson(await readFile(path), z.array(jsonObjectSchema).max(mostObjects), what, limits.manifests);
}

/** `isNamespaced` is asked of the cluster, but for kinds that the component itself defines. */
export async function desiredManifests(
  parts: DesiredParts,
  component: ManifestsComponent,
  packed: readonly JsonObject[],
  scope: ExpressionScope,
  isNamespaced: (type: { apiVersion: string; kind: string }) => Promise<boolean>,
): Promise<DesiredManifests> {
  const images = Object.fromEntries(
    component.images.map((image) => [image.reference, parts.mirror.referenceOf(image.artifact)]),
  );
  const resolved = packed.map((object) => {
    return readObject(renderObject(resolveObject(object, scope), images, parts), component.name);
  });
  const own = scopesOfDefinitions(resolved);
  const objects = new Map<string, DesiredObject>();
  for (const object of resolved) {
    const namespaced = own.get(typeKey(object)) ?? (await isNamespaced(object));
    const placed = place(object, component, namespaced);
    requireAllowed(placed, component, parts.namespace, namespaced);
    const ref = refOf(placed);
    const key = keyOf(ref);
    if (objects.has(key)) {
      throw new LandfallError('LF-RUNNER-100', `${component.name} holds ${idOf(ref)} twice`);
    }
    objects.set(key, { id: idOf(ref), ref, object: placed });
  }
  const sorted = [...objects.values()].sort((a, b) => stageOf(a.ref) - stageOf(b.ref) || (a.id < b.id ? -1 : 1));
  const fingerprint = fingerprintOf({ namespace: component.namespace, objects: sorted.map(({ object }) => object) });
  return { component, objects: sorted, fingerprint };
}

function readObject(value: unknown, component: string): KubeObject {
  const parsed = kubeObjectSchema.safeParse(value);
  const complete = parsed.success && parsed.data.apiVersion !== '' && parsed.data.kind !== '';
  if (complete && parsed.data.metadata.name !== '') return parsed.data;
  throw new LandfallError('LF-RUNNER-100', `${component} holds something that is no Kubernetes object`);
}

/** In its namespace, with the component's marks. `status` is the cluster's own, and `metadata` is not the place to hide in either. */
function place(object: KubeObject, component: ManifestsComponent, namespaced: boolean): KubeObject {
  const { status: _, ...rest } = object;
  const { name, namespace, labels, annotations, finalizers } = object.metadata;
  const metadata = {
    name,
    ...(namespaced ? { namespace: namespace ?? component.namespace } : {}),
    labels: { ...labels, [managedByLabel]: managedBy, [componentLabel]: component.name },
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
  return { ...rest, metadata };
}

function requireAllowed(object: KubeObject, component: ManifestsComponent, own: string, namespaced: boolean): void {
  const allowed = [component.namespace, ...component.namespaces];
  const { name, namespace } = object.metadata;
  const touched = namespaced ? (namespace ?? '') : object.kind === 'Namespace' ? name : null;
  if (touched === null) return;
  if (isReservedNamespace(touched, own)) {
    const message = `${object.kind} ${name} of ${component.name} reaches into the namespace ${touched}`;
    throw new LandfallError('LF-RUNNER-071', message);
  }
  if (allowed.includes(touched)) return;
  const message = `${object.kind} ${name} of ${component.name} is in the namespace ${touched}; it may be in ${allowed.join(', ')}`;
  throw new LandfallError('LF-RUNNER-101', message);
}

const definitionSchema = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    scope: z.string(),
    names: z.looseObject({ kind: z.string() }),
    versions: z.array(z.looseObject({ name: z.string() })),
  }),
});

/** Kinds that the component brings: their definitions may not be in the cluster yet. */
function scopesOfDefinitions(objects: readonly KubeObject[]): Map<string, boolean> {
  return new Map(
    objects
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .flatMap((object) => {
        const parsed = definitionSchema.safeParse(object);
        if (!parsed.success) return []; // The API server says what is wrong with it.
        const { group, scope, names, versions } = parsed.data.spec;
        return versions.map(({ name }): [string, boolean] => [
          typeKey({ apiVersion: `${group}/${name}`, kind: names.kind }),
          scope === 'Namespaced',
        ]);
      }),
  );
}

function typeKey({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${apiVersion}/${kind}`;
}
