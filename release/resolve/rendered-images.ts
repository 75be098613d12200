import { parseAllDocuments } from 'yaml';
import { imagesIn, jsonSchema, LandfallError } from '../../contract/index.ts';

/** Every image in what Helm rendered (hooks, tests and CRDs included), sorted, once each. `what` names the chart in errors. */
export function renderedImages(rendered: string, what: string): string[] {
  const found = new Set<string>();
  for (const document of parseAllDocuments(rendered, { schema: 'core', uniqueKeys: false, logLevel: 'error' })) {
    const [broken] = document.errors;
    if (broken !== undefined) {
      throw new LandfallError('LF-RELEASE-006', `${what} renders YAML that cannot be read: ${broken.message}`);
    }
    const object: unknown = document.toJS({ maxAliasCount: 100 });
    // Helm writes a comment-only document for a template that renders to nothing.
    if (object === null || object === undefined) continue;
    for (const image of imagesIn(jsonSchema.parse(object))) found.add(image);
  }
  return [...found].sort();
}
