import { canonicalJson, type JsonObject, LandfallError, type TerraformComponent } from '../../../contract/index.ts';
import type { Tofu, TofuOutputs } from '../../../engines/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import { isReservedNamespace } from '../../policy/index.ts';
import { ensureNamespace, type NamespaceParts } from '../ensure-namespace.ts';
import { componentLabel, managedBy, managedByLabel } from '../marks.ts';

/** Outputs that are no secret: what goes into the runner's memory, and from there into other components' values. */
export async function declaredOutputs(
  tofu: Tofu,
  component: TerraformComponent,
  signal: AbortSignal,
): Promise<JsonObject> {
  return plainOutputs(await tofu.output({ signal }), component);
}

export function plainOutputs(outputs: TofuOutputs, component: TerraformComponent): JsonObject {
  const declared = component.outputs.filter((name) => outputs[name]?.sensitive === false);
  return Object.fromEntries(declared.map((name) => [name, outputs[name]?.value ?? null]));
}

export type OutputParts = NamespaceParts & {
  kubernetes: Kubernetes;
  /** The runner's own. */
  namespace: string;
};

const fieldManager = 'landfall-runner';
const typeMeta = { apiVersion: 'v1', kind: 'Secret' };

/**
 * What other components get: plain values as they are, and for each sensitive output the place where it is: `{namespace, name, key}` of the Secret that
 * `outputsSecret` names. A value of it is in the state and in that Secret, nowhere else. LF-RUNNER-163 when the Secret is not this component's.
 */
export async function publishOutputs(
  parts: OutputParts,
  tofu: Tofu,
  component: TerraformComponent,
  signal: AbortSignal,
): Promise<JsonObject> {
  const outputs = await tofu.output({ signal });
  const plain = plainOutputs(outputs, component);
  const { outputsSecret: place, name: owner } = component;
  if (place === undefined) return plain;
  if (isReservedNamespace(place.namespace, parts.namespace)) {
    throw new LandfallError('LF-RUNNER-163', `outputsSecret of ${owner} is in the namespace ${place.namespace}`);
  }
  const secret = component.outputs.filter((name) => outputs[name]?.sensitive === true);
  const data = Object.fromEntries(secret.map((name) => [name, base64Of(outputs[name]?.value ?? null)]));
  const ref = { ...typeMeta, ...place };
  const found = await parts.kubernetes.get(ref, { signal });
  const labels = found?.metadata.labels ?? {};
  const ours = labels[componentLabel] === owner && labels[managedByLabel] === managedBy;
  if (found !== null && !ours) {
    const message = `the Secret ${place.namespace}/${place.name} for the outputs of ${owner} is there already, and not its own`;
    throw new LandfallError('LF-RUNNER-163', message);
  }
  if (canonicalJson(found?.['data'] ?? null) !== canonicalJson(data)) {
    await ensureNamespace(parts, place.namespace, owner, signal);
    const metadata = { ...place, labels: { [componentLabel]: owner, [managedByLabel]: managedBy } };
    const intent = `${secret.length} sensitive outputs`;
    await parts.effects.run('terraform-outputs', { target: owner, intent }, (context) =>
      parts.kubernetes.apply(
        { ...typeMeta, metadata, type: 'Opaque', data },
        { fieldManager, force: true, signal: context.signal },
      ),
    );
  }
  return { ...plain, ...Object.fromEntries(secret.map((name) => [name, { ...place, key: name }])) };
}

/** Takes away the Secret of a component that is gone, or that names another one now. */
export async function withdrawOutputs(
  parts: OutputParts,
  owner: string,
  place: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const ref = { ...typeMeta, ...place };
  const found = await parts.kubernetes.get(ref, { signal, metadataOnly: true });
  if (found?.metadata.labels?.[componentLabel] !== owner) return;
  await parts.effects.run(
    'terraform-outputs',
    { target: owner, intent: 'its Secret is not needed any more' },
    (context) => parts.kubernetes.delete(ref, { signal: context.signal, uid: found.metadata.uid }),
  );
}

/** A text as it is, anything else as JSON. */
function base64Of(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : canonicalJson(value)).toString('base64');
}
