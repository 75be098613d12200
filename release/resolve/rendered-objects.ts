import { parseAllDocuments } from 'yaml';
import { type Json, jsonSchema, LandfallError } from '../../contract/index.ts';

/** Everything that Helm rendered, hooks, tests and CRDs included. `what` names the chart in errors. */
export function renderedObjects(rendered: string, what: string): Json[] {
  // Read as Helm and Kubernetes do: YAML 1.1 with merge keys; a double key is the cluster's business.
  const options = { version: '1.1', merge: true, uniqueKeys: false, logLevel: 'silent' } as const;
  return [...parseAllDocuments(rendered, options)].flatMap((document) => {
    const [broken] = document.errors;
    if (broken !== undefined) {
      throw new LandfallError('LF-RELEASE-006', `${what} renders YAML that cannot be read: ${broken.message}`);
    }
    const object: unknown = document.toJS({ maxAliasCount: 100 });
    // Helm writes a comment-only document for a template that renders to nothing.
    if (object === null || object === undefined) return [];
    // Through JSON, since YAML 1.1 has dates.
    return [jsonSchema.parse(JSON.parse(JSON.stringify(object)))];
  });
}
