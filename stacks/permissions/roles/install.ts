import { arn, clusterAdmin, iamArn, role } from '../arns.ts';
import { baseReads, budget, clusterResources, logGroups } from './base-reads.ts';
import { nodesFromTheTemplate } from './launch-template.ts';
import { createInGivenNetwork, createNetwork } from './network.ts';
import { baseState, registryLogin, taggedAsOurs } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

const install = ['install'] as const;
const handOff = ['hand-off'] as const;

/** The one-time role: no CreateRole, no product data, nothing after the date. */
export const installPolicies: Readonly<Record<string, readonly Statement[]>> = {
  'install-read': [...baseReads(install), ...findOwnThings()],
  'install-network': createNetwork(),
  'install-given-network': createInGivenNetwork(),
  'install-cluster': createCluster(),
  'install-entry': entries(),
  'install-registry': registry(),
  'install-state': [...baseState(install), nothingAfterTheDate()],
  'install-job': bootstrapJob(),
};

/** Besides what Terraform reads: an install that was killed finds what it made and no state knows of, and takes it over instead of making it twice. */
function findOwnThings(): Statement[] {
  return [
    {
      sid: 'ReadRoles',
      effect: 'Allow',
      actions: ['iam:GetRole'],
      resources: ['cluster', 'node', 'runner', 'flow', 'storage'].map((kind) => role(kind)),
      reason: 'AWS looks at a role with the rights of whoever passes it',
      phases: install,
    },
    {
      sid: 'FindByTag',
      effect: 'Allow',
      actions: ['ec2:DescribeInstances', 'ec2:DescribeVolumes', 'ecr:DescribeRepositories'],
      resources: ['*'],
      reason: 'After a killed run the install looks up what carries its tag or name; a search has no narrower resource',
      phases: install,
    },
    {
      sid: 'FindInCluster',
      effect: 'Allow',
      actions: ['eks:ListAccessEntries', 'eks:ListAddons', 'eks:ListNodegroups', 'eks:ListPodIdentityAssociations'],
      resources: [arn('eks', 'cluster/${cluster}')],
      reason: 'The same search in the cluster of this install',
      phases: install,
    },
  ];
}

function passRole(sid: string, kind: string, services: readonly string[], reason: string): Statement {
  return {
    sid,
    effect: 'Allow',
    actions: ['iam:PassRole'],
    resources: [role(kind)],
    conditions: { StringEquals: { 'iam:PassedToService': services } },
    reason,
    phases: install,
  };
}

function createCluster(): Statement[] {
  return [
    {
      sid: 'CreateCluster',
      effect: 'Allow',
      actions: ['eks:CreateCluster'],
      resources: ['*'],
      conditions: { ...taggedAsOurs, Bool: { 'eks:bootstrapClusterCreatorAdminPermissions': 'false' } },
      reason:
        'AWS knows no resource for this call: it must carry the install’s tag, and making a cluster lets nobody in',
      phases: install,
    },
    {
      sid: 'FillCluster',
      effect: 'Allow',
      actions: ['eks:CreateAddon', 'eks:CreateNodegroup', 'eks:TagResource'],
      resources: clusterResources,
      reason: 'Makes the nodes and add-ons of the one cluster of this install',
      phases: install,
    },
    passRole('PassClusterRole', 'cluster', ['eks.amazonaws.com'], 'EKS runs the control plane as this role'),
    passRole('PassNodeRole', 'node', ['eks.amazonaws.com', 'ec2.amazonaws.com'], 'EKS starts the nodes as this role'),
    passRole('PassStorageRole', 'storage', ['pods.eks.amazonaws.com'], 'The EBS driver makes volumes as this role'),
    passRole('PassFlowRole', 'flow', ['vpc-flow-logs.amazonaws.com'], 'AWS writes the flow logs as this role'),
    {
      sid: 'ServiceLinkedRoles',
      effect: 'Allow',
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [iamArn('role/aws-service-role/*')],
      conditions: { StringEquals: { 'iam:AWSServiceName': ['eks.amazonaws.com', 'eks-nodegroup.amazonaws.com'] } },
      reason: 'AWS makes these two roles of its own at the first cluster of an account',
      phases: install,
    },
    {
      sid: 'GrantToServices',
      effect: 'Allow',
      actions: ['kms:CreateGrant'],
      resources: ['${cluster-key}'],
      conditions: { Bool: { 'aws:ViaAWSService': 'true' } },
      reason:
        "EKS and ECR encrypt with the customer's key by a grant that they ask for themselves; nobody else gets one",
      phases: install,
    },
    {
      sid: 'CreateLaunchTemplates',
      effect: 'Allow',
      actions: ['ec2:CreateLaunchTemplate'],
      resources: [arn('ec2', 'launch-template/*')],
      conditions: taggedAsOurs,
      reason: 'How the nodes start: encrypted disks, IMDSv2 with one hop',
      phases: install,
    },
    {
      sid: 'TagLaunchTemplates',
      effect: 'Allow',
      actions: ['ec2:CreateTags'],
      resources: [arn('ec2', 'launch-template/*')],
      conditions: { StringEquals: { 'ec2:CreateAction': 'CreateLaunchTemplate' } },
      reason: 'Tags are set while the template is made',
      phases: install,
    },
    ...nodesFromTheTemplate(install),
    {
      sid: 'CreateLogGroups',
      effect: 'Allow',
      actions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
      resources: logGroups,
      reason: "The cluster's audit log and the flow logs get a retention; what is in them cannot be read",
      phases: install,
    },
    {
      sid: 'CreateBudget',
      effect: 'Allow',
      actions: ['budgets:ModifyBudget', 'budgets:TagResource'],
      resources: [budget],
      reason: 'A budget over what carries the install’s tag, when the customer asks for one',
      phases: install,
    },
  ];
}

function entries(): Statement[] {
  return [
    {
      sid: 'OwnEntry',
      effect: 'Allow',
      actions: ['eks:CreateAccessEntry'],
      resources: [arn('eks', 'cluster/${cluster}')],
      conditions: { StringEquals: { 'eks:principalArn': role('install') } },
      reason: 'Enters the cluster to hand it over: this role, no other',
      phases: handOff,
    },
    {
      sid: 'OwnEntryPolicy',
      effect: 'Allow',
      actions: ['eks:AssociateAccessPolicy'],
      resources: [arn('eks', 'access-entry/${cluster}/role/${account}/${prefix}-install/*')],
      conditions: { StringEquals: { 'eks:policyArn': clusterAdmin } },
      reason: "The hand-off puts the runner's chart in; the runner takes this entry away when it is done",
      phases: handOff,
    },
    {
      sid: 'RunnerIdentity',
      effect: 'Allow',
      actions: ['eks:CreatePodIdentityAssociation', 'eks:TagResource'],
      resources: clusterResources,
      reason: 'The runner gets its role by Pod Identity',
      phases: handOff,
    },
    {
      sid: 'PassRunnerRole',
      effect: 'Allow',
      actions: ['iam:PassRole'],
      resources: [role('runner')],
      conditions: { StringEquals: { 'iam:PassedToService': 'pods.eks.amazonaws.com' } },
      reason: 'The runner gets this role by Pod Identity, and nobody else can be given it',
      phases: handOff,
    },
  ];
}

function registry(): Statement[] {
  return [
    {
      sid: 'CreateRepositories',
      effect: 'Allow',
      actions: ['ecr:CreateRepository', 'ecr:TagResource'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason: "Makes the repositories of the customer's own registry",
      phases: install,
    },
    {
      sid: 'PushRunner',
      effect: 'Allow',
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      resources: [arn('ecr', 'repository/${prefix}/landfall/*')],
      reason:
        "Pushes the runner's image and chart, and sees whether they are there already; no product image is readable",
      phases: handOff,
    },
    registryLogin(handOff),
  ];
}

function nothingAfterTheDate(): Statement {
  return {
    sid: 'NothingAfterTheDate',
    effect: 'Deny',
    actions: ['*'],
    resources: ['*'],
    conditions: { DateGreaterThan: { 'aws:CurrentTime': '${expires-at}' } },
    reason: 'A session that still runs when the time is up can do nothing more',
    phases: ['install', 'hand-off'],
  };
}

function bootstrapJob(): Statement[] {
  const logGroup = arn('logs', 'log-group:/landfall/${prefix}/bootstrap');
  const phases = ['install', 'hand-off'] as const;
  return [
    {
      sid: 'JobLogs',
      effect: 'Allow',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup, `${logGroup}:*`],
      reason: 'CodeBuild writes what the bootstrap job says with the role of the job',
      phases,
    },
    {
      sid: 'JobLooksAtNetwork',
      effect: 'Allow',
      actions: ['ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces'],
      resources: ['*'],
      reason: 'The second run is inside the VPC: CodeBuild looks at it with the role of the job',
      phases: handOff,
    },
    {
      sid: 'JobInNetwork',
      effect: 'Allow',
      actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
      resources: ['network-interface', 'security-group', 'subnet'].map((kind) => arn('ec2', `${kind}/*`)),
      reason:
        'CodeBuild makes and removes the interface of its run; AWS has no condition that tells it from another unused one',
      phases: handOff,
    },
    {
      sid: 'JobInterfaceToCodeBuild',
      effect: 'Allow',
      actions: ['ec2:CreateNetworkInterfacePermission'],
      resources: [arn('ec2', 'network-interface/*')],
      conditions: { StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' } },
      reason: 'That interface is lent to CodeBuild and to nobody else',
      phases: handOff,
    },
  ];
}
