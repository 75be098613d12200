import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import {
  canonicalJson,
  describeError,
  jsonObjectSchema,
  type JsonObject,
  LandfallError,
} from '../../../contract/index.ts';
import { kubernetesYaml } from '../../../engines/index.ts';
import { awaitDefinitions, requireKinds } from '../manifests/act.ts';
import { renderObject } from '../render-object.ts';
import { type KubeObject, kubeObjectSchema, type ObjectRef, refOf } from '../../kubernetes/index.ts';
import type { DesiredHelm } from './desired.ts';
import type { HelmParts } from './parts.ts';

/** Helm's own field manager: who brings the definition up to date is the same whether Helm made it or the runner. */
const fieldManager = 'helm';

/** How long a definition may take until it is served, in milliseconds. */
const establishMs = 60_000;

/**
 * Brings the definitions of a chart's `crds/` (those of its enabled subcharts, too) as the component says. Helm makes them at the first install
 * alone, and past the post-renderer; so the runner applies them itself.
 */
export async function bringCrds(
  parts: HelmParts,
  desired: DesiredHelm,
  chart: string,
  signal: AbortSignal,
): Promise<void> {
  const { component } = desired;
  const wanted = await definitionsOf(parts, desired, chart, signal);
  const { kubernetes, effects } = parts;
  const there = await Promise.all(
    wanted.map((object) => kubernetes.get(refOf(object), { metadataOnly: true, signal })),
  );
  const needed = wanted.filter((_, i) => component.crds === 'create-replace' || there[i] === null);
  if (needed.length === 0) return;
  const names = needed.map(({ metadata }) => metadata.name);
  await effects.run('helm-crds', { target: component.name, intent: `apply ${names.join(', ')}` }, async (context) => {
    for (const object of needed) {
      await kubernetes
        .apply(object, { fieldManager, force: true, signal: context.signal })
        .catch((error: unknown) => refuse(component.name, object, error));
    }
  });
  await awaitDefinitions(parts, needed.map(refOf), component.name, establishMs, signal);
  await requireKinds(parts, needed.flatMap(kindsOf), component.name, signal);
}

/** Rendered without a cluster, as the build did when it looked for images: with its subcharts switched on and off by the values. */
async function definitionsOf(
  parts: HelmParts,
  { component, values, secrets, images }: DesiredHelm,
  chart: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const { releaseName: name, namespace } = component;
  const rendered = await parts.helm.template({ name, namespace, chart, values: [values] }, { signal, secrets });
  return crdDocuments(rendered).map((object) => kubeObjectSchema.parse(renderObject(object, images, parts)));
}

/**
 * Of what `helm template --include-crds` gives, the objects that come from folders `crds/`: they stand before everything else, each file as it is
 * (so a file may hold several documents, of which only the first follows the line that names the file).
 */
export function crdDocuments(rendered: string): JsonObject[] {
  const others = /^---\n# Source: (?!.*\/crds\/).*$/m.exec(rendered);
  const text = others === null ? rendered : rendered.slice(0, others.index);
  return parseAllDocuments(text, kubernetesYaml).flatMap((document) => {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // Numbers that JSON does not have would become null.
    return value === null || value === undefined ? [] : [jsonObjectSchema.parse(JSON.parse(canonicalJson(value)))];
  });
}

const definitionSchema = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ kind: z.string() }),
    versions: z.array(z.looseObject({ name: z.string(), served: z.boolean().default(true) })),
  }),
});

/** What a definition makes known: Helm reads the cluster's kinds anew, and must find them. */
function kindsOf(object: KubeObject): { ref: ObjectRef }[] {
  const parsed = definitionSchema.safeParse(object);
  if (!parsed.success) return [];
  const { group, names, versions } = parsed.data.spec;
  return versions
    .filter(({ served }) => served)
    .map(({ name }) => ({ ref: { apiVersion: `${group}/${name}`, kind: names.kind, name: '' } }));
}

function refuse(component: string, object: KubeObject, cause: unknown): never {
  if (cause instanceof LandfallError && !cause.temporary) {
    const message = `${component}: ${object.kind} ${object.metadata.name}: ${describeError(cause)}`;
    throw new LandfallError('LF-RUNNER-143', message, { cause });
  }
  throw cause;
}
