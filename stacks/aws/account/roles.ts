/* oxlint-disable no-new -- a construct adds itself to its scope */
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import type { TerraformStack } from 'cdktf';
import type { Permission } from '../../../contract/index.ts';
import type { RoleKind } from '../../names.ts';
import {
  guardPolicies,
  policyWhen,
  productStatements,
  renderForTerraform,
  renderTrustForTerraform,
  statementsOf,
  type TrustKind,
  trusts,
} from '../../permissions/index.ts';
import type { Statement } from '../../permissions/statement.ts';
import { called, onlyIf, text } from '../expressions.ts';

type RoleSettings = {
  trust: string;
  /** The role and all of its policies exist only then. */
  when?: string;
  /** AWS's own policies, by name; the second of a pair says when. */
  managed?: (string | [name: string, when: string])[];
  /** Ours as the ceiling, or the customer's alone. */
  boundary: 'ours' | 'customers';
};

const made = 'var.mode != "cluster"';
const groups = `${made} && var.node_profile == "node-groups"`;
const auto = `${made} && var.node_profile == "auto"`;
const trust = (kind: TrustKind): string => renderTrustForTerraform(trusts[kind]);

const roles: Readonly<Record<RoleKind, RoleSettings>> = {
  install: {
    trust: text('var.install_principal_kind == "vendor" ? local.install_trust_vendor : local.install_trust_codebuild'),
    when: 'var.install_access == "open"',
    boundary: 'ours',
  },
  runner: { trust: trust('runner'), boundary: 'ours' },
  upgrade: { trust: trust('upgrade'), boundary: 'ours' },
  teardown: { trust: trust('teardown'), when: 'var.teardown_access == "open"', boundary: 'ours' },
  cluster: {
    trust: trust('cluster'),
    when: made,
    managed: [
      'AmazonEKSClusterPolicy',
      ['AmazonEKSComputePolicy', auto],
      ['AmazonEKSBlockStoragePolicy', auto],
      ['AmazonEKSLoadBalancingPolicy', auto],
      ['AmazonEKSNetworkingPolicy', auto],
    ],
    boundary: 'customers',
  },
  node: {
    trust: trust('node'),
    when: made,
    managed: [
      ['AmazonEKSWorkerNodePolicy', groups],
      ['AmazonEKS_CNI_Policy', groups],
      ['AmazonEKSWorkerNodeMinimalPolicy', auto],
    ],
    boundary: 'customers',
  },
  flow: { trust: trust('flow'), when: 'var.mode == "full"', boundary: 'ours' },
  storage: {
    trust: trust('storage'),
    when: groups,
    managed: ['service-role/AmazonEBSCSIDriverPolicy'],
    boundary: 'ours',
  },
};

/** Every role, its policies, and the boundary over them. */
export function addRoles(
  stack: TerraformStack,
  permissions: readonly Permission[],
): { locals: Record<string, string> } {
  policy(stack, 'boundary', 'boundary', guardPolicies.boundary);
  policy(stack, 'ended', 'ended', guardPolicies.ended);
  onlyIf('var.permissions_boundary_arn != ""', policy(stack, 'limits', 'limits', guardPolicies.limits));

  for (const kind of ['cluster', 'node', 'flow', 'storage', 'runner', 'upgrade', 'teardown', 'install'] as const) {
    addRole(stack, kind, roles[kind]);
  }
  if (permissions.length > 0) {
    const product = policy(stack, 'policy-product', 'product', productStatements(permissions));
    attach(stack, 'runner', 'product', product.arn);
  }
  return {
    locals: {
      boundary_arn: '"arn:${local.partition}:iam::${var.account_id}:policy/${local.prefix}-boundary"',
      install_trust_vendor: JSON.stringify(trust('install-vendor')),
      install_trust_codebuild: JSON.stringify(trust('install-codebuild')),
    },
  };
}

function addRole(stack: TerraformStack, kind: RoleKind, settings: RoleSettings): void {
  const { when } = settings;
  const ours = 'aws_iam_policy.boundary.arn';
  const role = new IamRole(stack, `role-${kind}`, {
    name: `\${local.prefix}-${kind}`,
    assumeRolePolicy: settings.trust,
    permissionsBoundary: text(
      `var.permissions_boundary_arn == "" ? ${settings.boundary === 'ours' ? ours : 'null'} : var.permissions_boundary_arn`,
    ),
  });
  called(kind, role);
  if (when !== undefined) onlyIf(when, role);
  if (kind === 'install') {
    role.addOverride('max_session_duration', 3600);
    role.addOverride('lifecycle.precondition', [
      {
        condition: text(
          'var.install_principal_kind == "vendor" ? var.vendor_principal_arn != "" && var.external_id != "" : var.bootstrap_project != ""',
        ),
        error_message: 'vendor needs vendor_principal_arn and external_id; codebuild needs bootstrap_project',
      },
    ]);
  }
  const onRole = (condition?: string): string | undefined =>
    condition === undefined ? when : when === undefined ? condition : `(${when}) && (${condition})`;
  for (const entry of settings.managed ?? []) {
    const [name, condition] = typeof entry === 'string' ? [entry] : entry;
    const arn = `arn:\${local.partition}:iam::aws:policy/${name}`;
    attach(stack, kind, name.replace(/^.*\//, ''), arn, onRole(condition), when !== undefined);
  }
  for (const [name, statements] of Object.entries(statementsOf(kind))) {
    const its = onRole(conditionOf(name));
    const made = policy(stack, `policy-${name}`, name, statements);
    // The nodes' right to pull is made in every mode: on a cluster of their own, customers attach it themselves.
    const always = its === undefined || name === 'node-pull';
    if (!always) onlyIf(its, made);
    const arn = text(`aws_iam_policy.policy-${name}${always ? '' : '[0]'}.arn`);
    attach(stack, kind, name.replace(`${kind}-`, ''), arn, its, when !== undefined);
  }
  if (['install', 'runner', 'upgrade', 'teardown'].includes(kind)) {
    const arn = text('aws_iam_policy.limits[0].arn');
    attach(stack, kind, 'limits', arn, onRole('var.permissions_boundary_arn != ""'), when !== undefined);
  }
}

/** When a policy is made, as stacks/permissions says it. */
function conditionOf(name: string): string | undefined {
  const { modes, principal, option } = policyWhen[name] ?? {};
  const conditions = [
    ...(modes === undefined ? [] : [`contains(${JSON.stringify(modes)}, var.mode)`]),
    ...(principal === undefined ? [] : [`var.install_principal_kind == "${principal}"`]),
    ...(option === undefined ? [] : [`var.${option}`]),
  ];
  return conditions.length === 0 ? undefined : conditions.join(' && ');
}

function policy(stack: TerraformStack, id: string, name: string, statements: readonly Statement[]): IamPolicy {
  return new IamPolicy(stack, id, { name: `\${local.prefix}-${name}`, policy: renderForTerraform(statements) });
}

function attach(
  stack: TerraformStack,
  kind: RoleKind,
  name: string,
  policyArn: string,
  when?: string,
  counted = false,
): void {
  const role = text(`aws_iam_role.${kind}${counted ? '[0]' : ''}.name`);
  const attachment = new IamRolePolicyAttachment(stack, `attach-${kind}-${name}`, { role, policyArn });
  if (when !== undefined) onlyIf(when, attachment);
}
