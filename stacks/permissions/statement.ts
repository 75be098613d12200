import { LandfallError } from '../../contract/index.ts';
import { escapeTemplates } from '../escape-templates.ts';
import type { Phase } from './phase.ts';

export type Conditions = Record<string, Record<string, string | readonly string[]>>;

/** One statement of an IAM policy, with the reason a customer's admin reads beside it. */
export type Statement = {
  sid: string;
  effect: 'Allow' | 'Deny';
  actions: readonly string[];
  /** `notResources` denies or allows everything but these. */
  resources?: readonly string[];
  notResources?: readonly string[];
  conditions?: Conditions;
  reason: string;
  phases?: readonly Phase[];
};

/** ARNs that only Terraform knows. A resource that equals the name on the left becomes the expression on the right. */
export const terraformReferences: Readonly<Record<string, string>> = {
  '@state-key': '${aws_kms_key.state.arn}',
  '@cluster-key': '${aws_kms_key.cluster.arn}',
};

/** IAM's limit for a managed policy, whitespace not counted. */
const longestPolicy = 6144;

/** The policy's JSON for Terraform: everything that looks like a template is escaped, then the known references are put in. */
export function renderPolicy(name: string, statements: readonly Statement[]): string {
  const json = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Sid: statement.sid,
      Effect: statement.effect,
      Action: [...statement.actions].sort(),
      ...(statement.resources === undefined ? {} : { Resource: [...statement.resources] }),
      ...(statement.notResources === undefined ? {} : { NotResource: [...statement.notResources] }),
      ...(statement.conditions === undefined ? {} : { Condition: statement.conditions }),
    })),
  });
  if (json.length > longestPolicy) {
    throw new LandfallError(
      'LF-STACKS-002',
      `policy ${name} has ${json.length} characters; IAM takes ${longestPolicy}`,
    );
  }
  let text = escapeTemplates(json);
  for (const [reference, expression] of Object.entries(terraformReferences)) {
    text = text.replaceAll(JSON.stringify(reference), () => `"${expression}"`);
  }
  return text;
}
