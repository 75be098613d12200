import { parseAllDocuments } from 'yaml';
import { jsonSchema, LandfallError } from '../../contract/index.ts';
import { imagesInObject } from './images-in-object.ts';

/** Every image in what Helm rendered (hooks, tests and CRDs included), sorted, once each. `what` names the chart in errors. */
export function renderedImages(rendered: string, what: string): string[] {
  const found = new Set<string>();
  // Read as Helm and Kubernetes do: YAML 1.1 with merge keys; a double key is the cluster's business.
  const options = { version: '1.1', merge: true, uniqueKeys: false, logLevel: 'silent' } as const;
  for (const document of parseAllDocuments(rendered, options)) {
    const [broken] = document.errors;
    if (broken !== undefined) {
      throw new LandfallError('LF-RELEASE-006', `${what} renders YAML that cannot be read: ${broken.message}`);
    }
    const object: unknown = document.toJS({ maxAliasCount: 100 });
    // Helm writes a comment-only document for a template that renders to nothing.
    if (object === null || object === undefined) continue;
    // Through JSON, since YAML 1.1 has dates.
    for (const image of imagesInObject(jsonSchema.parse(JSON.parse(JSON.stringify(object))))) found.add(image);
  }
  return [...found].sort();
}
