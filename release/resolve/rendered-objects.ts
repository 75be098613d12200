import { type Json, jsonSchema, LandfallError } from '../../contract/index.ts';
import { readManifests } from '../../engines/index.ts';

/** Everything that Helm rendered, hooks, tests and CRDs included. LF-RELEASE-006: the runner would refuse it. `what` names the chart in errors. */
export function renderedObjects(rendered: string, what: string): Json[] {
  const read = readManifests(rendered);
  if ('unclear' in read) {
    throw new LandfallError('LF-RELEASE-006', `${what} renders YAML that cannot be judged: ${read.unclear}`);
  }
  return read.objects.flatMap((object) =>
    // Helm writes a comment-only document for a template that renders to nothing. Through JSON, which has no NaN.
    object === null || object === undefined ? [] : [jsonSchema.parse(JSON.parse(JSON.stringify(object)))],
  );
}
