import { runnerIdentity, storageIdentity } from '../names.ts';
import { role } from './arns.ts';
import type { Conditions } from './statement.ts';

/** Who may become a role, and on which conditions. Strings hold placeholders as in a statement. */
export type Trust = {
  principal: { aws: string } | { service: string };
  actions: readonly string[];
  conditions?: Conditions;
  reason: string;
};

/** The install role's trust depends on who carries the install out; one of the two, never both. */
export type TrustKind =
  'install-vendor' | 'install-codebuild' | 'runner' | 'upgrade' | 'cluster' | 'node' | 'flow' | 'storage' | 'teardown';

const assume = ['sts:AssumeRole'] as const;
const assumeTagged = ['sts:AssumeRole', 'sts:TagSession'] as const;
const project = 'arn:${partition}:codebuild:${region}:${account}:project/${bootstrap-project}';

function oneServiceAccount(identity: { namespace: string; serviceAccount: string }): Conditions {
  return {
    StringEquals: {
      'aws:RequestTag/eks-cluster-arn': 'arn:${partition}:eks:${region}:${account}:cluster/${cluster}',
      'aws:RequestTag/kubernetes-namespace': identity.namespace,
      'aws:RequestTag/kubernetes-service-account': identity.serviceAccount,
    },
  };
}

export const trusts: Readonly<Record<TrustKind, Trust>> = {
  'install-vendor': {
    principal: { aws: '${vendor-principal}' },
    actions: assume,
    conditions: {
      StringEquals: { 'sts:ExternalId': '${external-id}' },
      DateLessThan: { 'aws:CurrentTime': '${expires-at}' },
    },
    reason: 'Exactly one principal, the random ExternalId of this install, an absolute date: all three, or no session',
  },
  'install-codebuild': {
    principal: { service: 'codebuild.amazonaws.com' },
    actions: assume,
    conditions: {
      StringEquals: { 'aws:SourceAccount': '${account}' },
      ArnEquals: { 'aws:SourceArn': [project, `${project}-hand-off`] },
      DateLessThan: { 'aws:CurrentTime': '${expires-at}' },
    },
    reason: 'Only the two bootstrap jobs inside the account, and only until the date; no principal outside the account',
  },
  runner: {
    principal: { service: 'pods.eks.amazonaws.com' },
    actions: assumeTagged,
    conditions: oneServiceAccount(runnerIdentity),
    reason: 'EKS Pod Identity, for one service account of one cluster; the tags are set by EKS, not by the pod',
  },
  upgrade: {
    principal: { aws: role('runner') },
    // Pod Identity's session tags go along with the runner's session, so tagging must be allowed too.
    actions: assumeTagged,
    reason: 'Only the runner becomes this role, for as long as an upgrade of the base layer takes',
  },
  cluster: {
    principal: { service: 'eks.amazonaws.com' },
    actions: assumeTagged,
    reason: 'EKS runs the control plane as this role',
  },
  node: { principal: { service: 'ec2.amazonaws.com' }, actions: assume, reason: 'The nodes run as this role' },
  flow: {
    principal: { service: 'vpc-flow-logs.amazonaws.com' },
    actions: assume,
    conditions: { StringEquals: { 'aws:SourceAccount': '${account}' } },
    reason: 'AWS writes the flow logs of this account as this role',
  },
  storage: {
    principal: { service: 'pods.eks.amazonaws.com' },
    actions: assumeTagged,
    conditions: oneServiceAccount(storageIdentity),
    reason: "AWS's EBS driver in this one cluster, which makes the volumes of the pods",
  },
  teardown: {
    principal: { aws: 'arn:${partition}:iam::${account}:root' },
    actions: assume,
    conditions: { ArnNotLike: { 'aws:PrincipalArn': role('*') } },
    reason: "People of the customer's own account whom its IAM allows; none of the install's own roles, nobody outside",
  },
};
