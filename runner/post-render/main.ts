import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { describeError } from '../../contract/index.ts';
import { reportPath } from './config.ts';
import { rewriteImages } from './rewrite-images.ts';

// Helm's post-renderer: rendered manifests on stdin, with every image rewritten on stdout. Argument: the image map, a JSON file.
try {
  const path = process.argv.at(-1) ?? '';
  const images = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')));
  process.stdout.write(rewriteImages(readFileSync(0, 'utf8'), images));
} catch (error) {
  const report = reportPath();
  if (report !== undefined) writeFileSync(report, describeError(error));
  process.exitCode = 1;
}
