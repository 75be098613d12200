import { escapeTemplates } from '../escape-templates.ts';
import type { AccountInputs } from '../inputs.ts';
import { installNames, type Place, runnerIdentity } from '../names.ts';

/** Exactly one principal, the random ExternalId, an absolute date: all three, or no session. */
export function installTrust(
  inputs: Pick<AccountInputs, 'vendorPrincipalArn' | 'externalId' | 'installExpiresAt'>,
): string {
  return trust({
    Principal: { AWS: inputs.vendorPrincipalArn },
    Action: 'sts:AssumeRole',
    Condition: {
      StringEquals: { 'sts:ExternalId': inputs.externalId },
      DateLessThan: { 'aws:CurrentTime': inputs.installExpiresAt },
    },
  });
}

/** EKS Pod Identity: complete before any cluster exists, since no issuer is named. The tags are set by EKS, not by the pod. */
export function runnerTrust(place: Place): string {
  const names = installNames(place);
  return trust({
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        'aws:RequestTag/eks-cluster-arn': `arn:${names.partition}:eks:${place.region}:${place.accountId}:cluster/${names.cluster}`,
        'aws:RequestTag/kubernetes-namespace': runnerIdentity.namespace,
        'aws:RequestTag/kubernetes-service-account': runnerIdentity.serviceAccount,
      },
    },
  });
}

export function serviceTrust(service: 'eks.amazonaws.com' | 'ec2.amazonaws.com'): string {
  const Action = service === 'eks.amazonaws.com' ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRole';
  return trust({ Principal: { Service: service }, Action });
}

function trust(statement: object): string {
  return escapeTemplates(JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }));
}
