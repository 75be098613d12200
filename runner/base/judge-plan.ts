import type { TofuResourceChange } from '../../engines/index.ts';
import type { OwnBranch } from './own-branch.ts';
import type { Finding } from '../components/terraform/approval.ts';
import { isImport, planChange, type PlanChange } from '../components/terraform/plan-change.ts';
import { accessRules, isIdentity } from './rules/access.ts';
import { clusterRules } from './rules/cluster.ts';
import { bucket, dataRules, isBucket } from './rules/data.ts';
import { ask, cut, fine, type Opinion, removes, type Rule } from './rules/rule.ts';
import { wayRules } from './rules/ways-out.ts';

/** `cuts`: refused, always. `destroys`: only with the customer's approval. */
export type PlanJudgement = { cuts: Finding[]; destroys: Finding[] };

const byType = new Map<string, Rule>(
  [...accessRules, ...wayRules, ...clusterRules, ...dataRules].flatMap((rule) =>
    rule.types.map((type) => [type, rule]),
  ),
);

/** What a base layer is otherwise made of. Another kind of resource is asked for: it may do what no rule here foresees. */
const ordinary: ReadonlySet<string> = new Set([
  'aws_budgets_budget',
  'aws_cloudwatch_log_group',
  'aws_ec2_tag',
  'aws_flow_log',
  'terraform_data',
]);

/**
 * What a plan for the base layer means for the runner and for what the customer has. Fails towards asking: every removal, and every kind of
 * resource that is not known here, needs an approval.
 */
export function judgeBasePlan(changes: readonly TofuResourceChange[], own: OwnBranch): PlanJudgement {
  const judgement: PlanJudgement = { cuts: [], destroys: [] };
  for (const resource of changes) {
    if (resource.mode !== 'managed') continue;
    const change = planChange(resource);
    if (isImport(resource)) {
      const why = 'something that is in the account already would become a part of the base layer';
      judgement.destroys.push({ address: change.address, verb: 'import', why });
    }
    if (change.verb === 'none') continue;
    const opinion = opinionOf(change, own);
    if (opinion.kind === 'fine') continue;
    const finding = { address: change.address, verb: change.verb, why: opinion.why };
    (opinion.kind === 'cut' ? judgement.cuts : judgement.destroys).push(finding);
  }
  return judgement;
}

function opinionOf(change: PlanChange, own: OwnBranch): Opinion {
  if (change.verb === 'unknown') return cut('the plan does something with it that this runner does not know');
  if (isIdentity(change.type))
    return cut('roles and policies are the account stack’s, which only the customer applies');
  if (isBucket(change.type)) return bucket(change, own);
  const rule = byType.get(change.type);
  const opinion = rule?.look(change, own) ?? fine;
  if (opinion.kind !== 'fine') return opinion;
  if (removes(change) && !isEnd(change, own))
    return ask(`it would be ${change.verb === 'replace' ? 'replaced' : 'deleted'}`);
  return rule === undefined && !ordinary.has(change.type)
    ? ask('the base layer has had no resource of this kind')
    : fine;
}

/** The install role's access to the cluster is meant to go. */
function isEnd(change: PlanChange, own: OwnBranch): boolean {
  return change.type.startsWith('aws_eks_access_') && change.before('principal_arn') === own.roles.install;
}
