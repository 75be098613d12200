import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { describeError } from '../../contract/index.ts';
import { addLabels } from './add-labels.ts';
import { addPullSecret } from './add-pull-secret.ts';
import { allowedNamespacesFlag, labelsFlag, ownNamespaceFlag, pullSecretFlag } from './config.ts';
import { applyEdits, readRendered } from './edit-yaml.ts';
import { refuseOutside } from './refuse-outside.ts';
import { refuseReserved } from './refuse-reserved.ts';
import { rewriteImages } from './rewrite-images.ts';

export type PostRendered = { text: string } | { refused: string };

/**
 * What Helm's post-renderer is to make of rendered manifests: every image rewritten. Last argument: the image map, a JSON file; before it,
 * `--own-namespace=<the runner's>`, where nodes need one `--pull-secret=<name>`, `--allowed-namespaces=<patterns>` of the policy,
 * and `--labels=<JSON>` where every object gets some.
 */
export function postRender(args: readonly string[], rendered: string): PostRendered {
  try {
    const path = args.at(-1) ?? '';
    const images = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')));
    const flagged = (flag: string): string | undefined =>
      args.find((argument) => argument.startsWith(flag))?.slice(flag.length);
    const read = readRendered(rendered);
    const rewritten = rewriteImages(read, images);
    refuseReserved(read, flagged(ownNamespaceFlag) ?? 'landfall-system');
    const allowed = flagged(allowedNamespacesFlag);
    if (allowed !== undefined) refuseOutside(read, allowed === '' ? [] : allowed.split(','));
    const pullSecret = flagged(pullSecretFlag);
    const named = pullSecret === undefined ? [] : addPullSecret(read, pullSecret);
    const labels = z.record(z.string(), z.string()).parse(JSON.parse(flagged(labelsFlag) ?? '{}'));
    return { text: applyEdits(rendered, [...rewritten, ...named, ...addLabels(read, labels)]) };
  } catch (error) {
    return { refused: describeError(error) };
  }
}
