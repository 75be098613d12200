import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { describeError } from '../../contract/index.ts';
import { refuseOutside } from './refuse-outside.ts';
import { refuseReserved } from './refuse-reserved.ts';
import { addPullSecret } from './add-pull-secret.ts';
import { allowedNamespacesFlag, ownNamespaceFlag, pullSecretFlag, reportPath } from './config.ts';
import { rewriteImages } from './rewrite-images.ts';

// Helm's post-renderer: rendered manifests on stdin, with every image rewritten on stdout. Last argument: the image map, a JSON file;
// before it, `--own-namespace=<the runner's>`, where nodes need one `--pull-secret=<name>`, and `--allowed-namespaces=<patterns>` of the policy.
try {
  const path = process.argv.at(-1) ?? '';
  const images = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')));
  const flagged = (flag: string): string | undefined =>
    process.argv.find((argument) => argument.startsWith(flag))?.slice(flag.length);
  const rendered = readFileSync(0, 'utf8');
  const rewritten = rewriteImages(rendered, images);
  refuseReserved(rendered, flagged(ownNamespaceFlag) ?? 'landfall-system');
  const allowed = flagged(allowedNamespacesFlag);
  if (allowed !== undefined) refuseOutside(rendered, allowed === '' ? [] : allowed.split(','));
  const pullSecret = flagged(pullSecretFlag);
  process.stdout.write(pullSecret === undefined ? rewritten : addPullSecret(rewritten, pullSecret));
} catch (error) {
  const report = reportPath();
  if (report !== undefined) writeFileSync(report, describeError(error));
  process.exitCode = 1;
}
