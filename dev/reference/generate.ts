import * as z from 'zod';
import {
  desiredStateSchema,
  entityListSchema,
  entityReportSchema,
  errorCodes,
  limits,
  productFileSchema,
  reasons,
  releaseSchema,
  reportSchema,
  requestListSchema,
  runnerPolicySchema,
  telemetryBatchSchema,
} from '../../contract/index.ts';

const documents = {
  'landfall-yaml': productFileSchema,
  release: releaseSchema,
  'desired-state': desiredStateSchema,
  requests: requestListSchema,
  report: reportSchema,
  entities: entityListSchema,
  'entity-report': entityReportSchema,
  telemetry: telemetryBatchSchema,
  'runner-policy': runnerPolicySchema,
};

/** docs/reference: file name -> content, made from the schemas and the registry of error codes. */
export function generateReference(): Record<string, string> {
  const schemas = Object.entries(documents).map(([name, schema]) => [
    `${name}.schema.json`,
    `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
  ]);
  return {
    'errors.md': errorsPage(),
    'limits.md': limitsPage(),
    'reasons.md': reasonsPage(),
    ...Object.fromEntries(schemas),
  };
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { what, next }]) => `| \`${code}\` | ${what} | ${next} |`);
  return `# Error codes\n\nGenerated from contract/errors; change it there and run \`npm run dev -- reference\`.\n\n| code | what happened | what to do |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function reasonsPage(): string {
  const rows = Object.entries(reasons).map(([reason, { what, next }]) => `| \`${reason}\` | ${what} | ${next} |`);
  return `# Reasons\n\nOf conditions, and of what the runner waits for: in reports, on the control plane's pages, in \`landfall runner explain\`. Generated from contract/reasons.ts.\n\n| reason | what it means | what to do |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function limitsPage(): string {
  const rows = Object.entries(limits).map(([name, { bytes, depth }]) => `| ${name} | ${bytes} | ${depth} |`);
  return `# Limits\n\nWhat a document may be at most, checked before it is parsed. Generated from contract/limits.ts.\n\n| document | bytes | levels of nesting |\n|---|---|---|\n${rows.join('\n')}\n`;
}
