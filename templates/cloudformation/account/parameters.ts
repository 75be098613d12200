import type { Json, JsonObject } from '../../../contract/index.ts';
import type { Template, TemplateParameter } from '../template.ts';
import { is, isGiven } from '../template.ts';

/** What the generated template is filled in with; whoever makes the stack can change it. */
export type AccountDefaults = {
  installId: string;
  namePrefix: string;
  clusterName: string;
  principal: { kind: 'vendor'; arn: string; externalId: string } | { kind: 'codebuild'; project: string };
  installExpiresAt: string;
  mode: 'full' | 'vpc' | 'cluster';
  nodeProfile: 'node-groups' | 'auto';
  permissionsBoundaryArn: string;
  stateKmsKeyArn: string;
  clusterKmsKeyArn: string;
  census: boolean;
};

const text = (Description: string, Default: string, AllowedPattern: string): TemplateParameter => ({
  Type: 'String',
  Description,
  Default,
  AllowedPattern,
});
const choice = (Description: string, Default: string, ...AllowedValues: string[]): TemplateParameter => ({
  Type: 'String',
  Description,
  Default,
  AllowedValues,
});
const keyArn = '(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?';

export function accountParameters(given: AccountDefaults): Record<string, TemplateParameter> {
  const { principal } = given;
  const vendor = principal.kind === 'vendor' ? principal : { arn: '', externalId: '' };
  return {
    InstallAccess: choice(
      'open: the one-time install role exists. closed: it does not; choose this when the install has ended.',
      'open',
      'open',
      'closed',
    ),
    TeardownAccess: choice(
      'open: a role for the removal of the install exists, for people of this account.',
      'closed',
      'open',
      'closed',
    ),
    InstallId: text(
      'The id of the install at the control plane.',
      given.installId,
      '[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?',
    ),
    NamePrefix: text(
      'Every name in the account begins with it. Several installs in one account need different ones.',
      given.namePrefix,
      '[a-z][a-z0-9-]{1,23}',
    ),
    ClusterName: text(
      "The cluster's name: the same as NamePrefix, or that of your own cluster (Mode cluster).",
      given.clusterName,
      '[0-9A-Za-z][0-9A-Za-z_-]{0,99}',
    ),
    Mode: choice(
      'full: network and cluster are made. vpc: the cluster is made in your VPC. cluster: onto your own cluster.',
      given.mode,
      'full',
      'vpc',
      'cluster',
    ),
    NodeProfile: choice(
      'node-groups: managed node groups of fixed size. auto: EKS Auto Mode.',
      given.nodeProfile,
      'node-groups',
      'auto',
    ),
    InstallPrincipalKind: choice(
      'Who may assume the install role. codebuild: the one-shot job in this account, nobody outside. vendor: one principal outside, with an ExternalId.',
      principal.kind,
      'codebuild',
      'vendor',
    ),
    VendorPrincipalArn: text(
      'Kind vendor: the one role or user outside.',
      vendor.arn,
      '(arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+)?',
    ),
    ExternalId: text(
      "Kind vendor: random, from the vendor's control plane.",
      vendor.externalId,
      '([A-Za-z0-9_+=,.@:/-]{16,256})?',
    ),
    BootstrapProject: text(
      'Kind codebuild: the name of the project that the stack landfall-bootstrap makes.',
      principal.kind === 'codebuild' ? principal.project : `${given.namePrefix}-bootstrap`,
      '[A-Za-z0-9][A-Za-z0-9_-]{1,254}',
    ),
    InstallExpiresAt: text(
      'After this instant (UTC) the install role can neither be assumed nor used.',
      given.installExpiresAt,
      '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?Z',
    ),
    PermissionsBoundaryArn: text(
      "Your own boundary for roles; it is put on every role, and what Landfall's denies is then attached as a policy.",
      given.permissionsBoundaryArn,
      '(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+)?',
    ),
    StateKmsKeyArn: text('Your own key for Terraform states; empty: one is made.', given.stateKmsKeyArn, keyArn),
    ClusterKmsKeyArn: text(
      "Your own key for the cluster's secrets; empty: one is made.",
      given.clusterKmsKeyArn,
      keyArn,
    ),
    Census: choice(
      'Whether the runner may read who has access to the account, for the seal.',
      given.census ? 'true' : 'false',
      'true',
      'false',
    ),
  };
}

const not = (condition: string): JsonObject => ({ 'Fn::Not': [{ Condition: condition }] });
const both = (...conditions: string[]): JsonObject => ({
  'Fn::And': conditions.map((condition) => ({ Condition: condition })),
});

/** The conditions of the Terraform module's counts, in CloudFormation's words. */
export const accountConditions: Readonly<Record<string, Json>> = {
  InstallOpen: is('InstallAccess', 'open'),
  TeardownOpen: is('TeardownAccess', 'open'),
  ModeFull: is('Mode', 'full'),
  ModeVpc: is('Mode', 'vpc'),
  ModeCluster: is('Mode', 'cluster'),
  MakesCluster: not('ModeCluster'),
  Auto: is('NodeProfile', 'auto'),
  MakesAuto: both('MakesCluster', 'Auto'),
  MakesGroups: { 'Fn::And': [{ Condition: 'MakesCluster' }, not('Auto')] },
  ByCodeBuild: is('InstallPrincipalKind', 'codebuild'),
  WithCensus: is('Census', 'true'),
  OwnBoundary: isGiven('PermissionsBoundaryArn'),
  MakesStateKey: is('StateKmsKeyArn', ''),
  MakesClusterKey: is('ClusterKmsKeyArn', ''),
};

/** A vendor without its principal would be a role that nobody can assume: said before anything is made. */
export const accountRules: Template['Rules'] = {
  VendorIsNamed: {
    RuleCondition: is('InstallPrincipalKind', 'vendor'),
    Assertions: ['VendorPrincipalArn', 'ExternalId'].map((name) => ({
      Assert: isGiven(name),
      AssertDescription: `InstallPrincipalKind vendor needs ${name}`,
    })),
  },
};
