import { GetRoleCommand, paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look, type Seen } from '../seen.ts';
import type { Simulated } from './facts.ts';

/** How many actions IAM is asked about at a time: its answers come in pages anyway. */
const atATime = 50;

/** What IAM says the caller may do. The root user cannot be simulated: it has no policies. */
export function simulationFact(
  aws: ReadOnlyAws,
  callerArn: string,
  actions: readonly string[],
): Promise<Seen<readonly Simulated[]>> {
  return look(['iam:GetRole', 'iam:SimulatePrincipalPolicy'], async () => {
    const batches: string[][] = [];
    for (let from = 0; from < actions.length; from += atATime) batches.push(actions.slice(from, from + atATime));
    const principal = await principalOf(aws, callerArn);
    const found = await Promise.all(batches.map((batch) => simulate(aws, principal, batch)));
    return found.flat();
  });
}

async function simulate(aws: ReadOnlyAws, PolicySourceArn: string, ActionNames: string[]): Promise<Simulated[]> {
  const results: Simulated[] = [];
  for await (const page of paginateSimulatePrincipalPolicy({ client: aws.iam }, { PolicySourceArn, ActionNames })) {
    for (const each of page.EvaluationResults ?? []) {
      results.push({
        action: each.EvalActionName ?? '',
        allowed: each.EvalDecision === 'allowed',
        byOrganization: each.OrganizationsDecisionDetail?.AllowedByOrganizations,
        byBoundary: each.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      });
    }
  }
  return results;
}

/** IAM simulates roles and users, not sessions; a session's ARN leaves out the path of its role. */
async function principalOf(aws: ReadOnlyAws, callerArn: string): Promise<string> {
  const role = /^arn:[^:]+:sts::\d+:assumed-role\/([^/]+)\//.exec(callerArn)?.[1];
  if (role === undefined) return callerArn;
  const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: role }));
  return Role?.Arn ?? callerArn;
}
