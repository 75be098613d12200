import type { JsonObject } from '../../contract/index.ts';
import { type BaseInputsGiven, runnerIdentity, storageIdentity } from '../../stacks/index.ts';
import { baseFacts } from './base-facts.ts';
import { clusterSteps } from './cluster-steps.ts';
import { networkSteps } from './network-steps.ts';
import { call, type Step } from './step.ts';

/**
 * Network, cluster and registry call by call, as the base module makes them. What is found by name and tag afterwards is taken
 * into a Terraform state by `landfall install adopt`; budgets, private endpoints and links are left to that first apply.
 */
export function baseSteps(given: BaseInputsGiven): Step[] {
  const facts = baseFacts(given);
  const { inputs, names, tags, roleArn } = facts;
  const identity = (what: { namespace: string; serviceAccount: string }, role: 'runner' | 'storage'): JsonObject => ({
    clusterName: names.cluster,
    ...what,
    roleArn: roleArn(role),
    tags: tags(),
  });
  const groups = inputs.mode !== 'cluster' && inputs.nodeProfile === 'node-groups';
  return [
    ...(inputs.mode === 'full' ? networkSteps(facts) : []),
    ...(inputs.mode === 'cluster' ? [] : clusterSteps(facts)),
    {
      title: 'Who is a role in the cluster',
      why: 'The runner, and the driver that makes volumes, get their roles by EKS Pod Identity; no key lies anywhere.',
      calls: [
        call('eks', 'CreatePodIdentityAssociation', identity(runnerIdentity, 'runner')),
        ...(groups ? [call('eks', 'CreatePodIdentityAssociation', identity(storageIdentity, 'storage'))] : []),
      ],
    },
    {
      title: 'Who may enter the cluster until the install has ended',
      why: 'The install role alone. The runner takes this entry away as soon as it is at work.',
      calls:
        inputs.installAccess === 'closed'
          ? []
          : [
              call('eks', 'CreateAccessEntry', {
                clusterName: names.cluster,
                principalArn: roleArn('install'),
                type: 'STANDARD',
                tags: tags(),
              }),
              call('eks', 'AssociateAccessPolicy', {
                clusterName: names.cluster,
                principalArn: roleArn('install'),
                policyArn: `arn:${names.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
                accessScope: { type: 'cluster' },
              }),
            ],
    },
    {
      title: 'Registry',
      why: 'The first repositories; the runner makes the others. Immutable, scanned on push, encrypted, nothing expires.',
      calls: inputs.repositories.map((name) =>
        call('ecr', 'CreateRepository', {
          repositoryName: `${names.prefix}/${name}`,
          imageTagMutability: 'IMMUTABLE',
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfiguration: { encryptionType: 'KMS' },
          tags: Object.entries(tags()).map(([Key, Value]) => ({ Key, Value })),
        }),
      ),
    },
  ];
}
