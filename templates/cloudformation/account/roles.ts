import { type Json, LandfallError, type Permission } from '../../../contract/index.ts';
import {
  guardPolicies,
  policyWhen,
  productStatements,
  type PolicyHolder,
  statementsOf,
  type TrustKind,
  trusts,
} from '../../../stacks/index.ts';
import { either, noValue, ref, sub, type TemplateResource } from '../template.ts';
import { policyDocument, trustDocument } from './policy-documents.ts';

type RoleKind = Exclude<PolicyHolder, 'preflight'>;

type Role = {
  trust: TrustKind | 'install';
  /** The role exists only then; the name of a condition. */
  when?: string;
  /** AWS's own policies; the second of a pair says when. */
  managed?: readonly (string | readonly [name: string, when: string])[];
  /** Whether our boundary is over it where the customer gives none. */
  bounded: boolean;
};

/** The same table as the Terraform module's (stacks/aws/account/roles.ts); a test makes both and compares what is there. */
const roles: Readonly<Record<RoleKind, Role>> = {
  install: { trust: 'install', when: 'InstallOpen', bounded: true },
  runner: { trust: 'runner', bounded: true },
  upgrade: { trust: 'upgrade', bounded: true },
  teardown: { trust: 'teardown', when: 'TeardownOpen', bounded: true },
  cluster: {
    trust: 'cluster',
    when: 'MakesCluster',
    managed: [
      'AmazonEKSClusterPolicy',
      ['AmazonEKSComputePolicy', 'MakesAuto'],
      ['AmazonEKSBlockStoragePolicy', 'MakesAuto'],
      ['AmazonEKSLoadBalancingPolicy', 'MakesAuto'],
      ['AmazonEKSNetworkingPolicy', 'MakesAuto'],
    ],
    bounded: false,
  },
  node: {
    trust: 'node',
    when: 'MakesCluster',
    managed: [
      ['AmazonEKSWorkerNodePolicy', 'MakesGroups'],
      ['AmazonEKS_CNI_Policy', 'MakesGroups'],
      ['AmazonEKSWorkerNodeMinimalPolicy', 'MakesAuto'],
    ],
    bounded: false,
  },
  flow: { trust: 'flow', when: 'ModeFull', bounded: true },
  storage: { trust: 'storage', when: 'MakesGroups', managed: ['service-role/AmazonEBSCSIDriverPolicy'], bounded: true },
};
const limited: readonly RoleKind[] = ['install', 'runner', 'upgrade', 'teardown'];

export type RoleParts = { resources: Record<string, TemplateResource>; conditions: Record<string, Json> };

export function roleParts(permissions: readonly Permission[]): RoleParts {
  const conditions: Record<string, Json> = {};
  const resources: Record<string, TemplateResource> = {
    BoundaryPolicy: policy('boundary', guardPolicies.boundary),
    EndedPolicy: policy('ended', guardPolicies.ended),
    LimitsPolicy: { ...policy('limits', guardPolicies.limits), Condition: 'OwnBoundary' },
  };
  const product = productStatements(permissions);
  if (product.length > 0) resources['ProductPolicy'] = policy('product', product);
  for (const kind of roleKinds) {
    const { when, managed = [] } = roles[kind];
    const attached: Json[] = managed.map((entry) =>
      typeof entry === 'string' ? aws(entry) : either(entry[1], aws(entry[0]), noValue),
    );
    for (const [name, statements] of Object.entries(statementsOf(kind))) {
      const id = `${pascal(name)}Policy`;
      const all = [...(when === undefined ? [] : [when]), ...conditionsOf(name)];
      // node-pull is there in every mode: on the customer's own cluster their admin attaches it to their node role.
      const condition = name === 'node-pull' ? undefined : together(all, conditions);
      resources[id] = { ...policy(name, statements), ...(condition === undefined ? {} : { Condition: condition }) };
      attached.push(condition === undefined || condition === when ? ref(id) : either(condition, ref(id), noValue));
    }
    if (kind === 'runner' && product.length > 0) attached.push(ref('ProductPolicy'));
    if (limited.includes(kind)) attached.push(either('OwnBoundary', ref('LimitsPolicy'), noValue));
    resources[roleId(kind)] = role(kind, attached);
  }
  return { resources, conditions };
}

const roleKinds = ['cluster', 'node', 'flow', 'storage', 'runner', 'upgrade', 'teardown', 'install'] as const;

export const roleId = (kind: RoleKind): string => `${pascal(kind)}Role`;

function role(kind: RoleKind, attached: Json[]): TemplateResource {
  const { trust, when, bounded } = roles[kind];
  return {
    Type: 'AWS::IAM::Role',
    ...(when === undefined ? {} : { Condition: when }),
    // IAM refuses a trust that names a role which is not there yet.
    ...(kind === 'upgrade' ? { DependsOn: roleId('runner') } : {}),
    Properties: {
      RoleName: sub(`\${NamePrefix}-${kind}`),
      AssumeRolePolicyDocument:
        trust === 'install'
          ? either('ByCodeBuild', trustDocument(trusts['install-codebuild']), trustDocument(trusts['install-vendor']))
          : trustDocument(trusts[trust]),
      MaxSessionDuration: 3600,
      ManagedPolicyArns: attached,
      PermissionsBoundary: either(
        'OwnBoundary',
        ref('PermissionsBoundaryArn'),
        bounded ? ref('BoundaryPolicy') : noValue,
      ),
      Tags: [{ Key: 'landfall:install', Value: ref('InstallId') }],
    },
  };
}

function policy(name: string, statements: Parameters<typeof policyDocument>[0]): TemplateResource {
  return {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { ManagedPolicyName: sub(`\${NamePrefix}-${name}`), PolicyDocument: policyDocument(statements) },
  };
}

const byModes: Readonly<Record<string, string>> = { full: 'ModeFull', vpc: 'ModeVpc', 'full+vpc': 'MakesCluster' };

function conditionsOf(name: string): string[] {
  const { modes, principal, option } = policyWhen[name] ?? {};
  const mode = modes === undefined ? undefined : byModes[modes.join('+')];
  if (modes !== undefined && mode === undefined) {
    throw new LandfallError(
      'LF-TEMPLATES-001',
      `policy ${name} is for the modes ${modes.join(', ')}, which no condition names`,
    );
  }
  return [
    ...(mode === undefined ? [] : [mode]),
    ...(principal === undefined ? [] : ['ByCodeBuild']),
    ...(option === undefined ? [] : ['WithCensus']),
  ];
}

/** CloudFormation takes one condition per resource: several become one with a name of its own. */
function together(all: readonly string[], conditions: Record<string, Json>): string | undefined {
  if (all.length < 2) return all[0];
  const name = all.join('And');
  conditions[name] = { 'Fn::And': all.map((condition) => ({ Condition: condition })) };
  return name;
}

const aws = (name: string): Json => sub(`arn:\${AWS::Partition}:iam::aws:policy/${name}`);

function pascal(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
