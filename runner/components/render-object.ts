import { parse } from 'yaml';
import type { JsonObject } from '../../contract/index.ts';
import { addPullSecret } from '../post-render/add-pull-secret.ts';
import { applyEdits, readRendered } from '../post-render/edit-yaml.ts';
import { refuseReserved } from '../post-render/refuse-reserved.ts';
import { rewriteImages } from '../post-render/rewrite-images.ts';
import { pullSecretName } from '../pull-secrets/index.ts';

export type RenderParts = {
  /** The runner's own. */
  namespace: string;
  /** Present where nodes need a Secret to pull. */
  pullSecrets?: object | undefined;
};

/**
 * What Helm's post-renderer does to a chart's objects, for one that comes without Helm: refuses what is reserved (LF-RUNNER-071) and images that
 * are not pinned (LF-RUNNER-006), puts every other image's place in the mirror, and names the pull secret where there is one.
 */
export function renderObject(
  object: JsonObject,
  images: Readonly<Record<string, string>>,
  { namespace, pullSecrets }: RenderParts,
): unknown {
  const read = readRendered(JSON.stringify(object));
  refuseReserved(read, namespace);
  const rewritten = rewriteImages(read, images);
  if (pullSecrets === undefined) return JSON.parse(applyEdits(read.text, rewritten));
  // What is added is YAML, in the JSON that all of it is.
  return parse(applyEdits(read.text, [...rewritten, ...addPullSecret(read, pullSecretName)]), { uniqueKeys: false });
}
