/* oxlint-disable no-new -- a construct adds itself to its scope */
import { DataAwsKmsKey } from '@cdktf/provider-aws/lib/data-aws-kms-key/index.js';
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository/index.js';
import type { Construct } from 'constructs';
import { roleKinds } from '../../names.ts';
import { forEach, onlyIf } from '../expressions.ts';
import type { FilledIn } from '../../request.ts';
import { ModuleStack } from '../module-stack.ts';
import { sharedLocals } from '../shared-variables.ts';
import { addAccess } from './access.ts';
import { addAddOns, addOnLocals } from './add-ons.ts';
import { baseModuleVariables } from './base-variables.ts';
import { addBudget } from './budget.ts';
import { addCluster, clusterLocals } from './cluster.ts';
import { addControlPlaneLink, linkLocals } from './control-plane-link.ts';
import { addEndpoints, endpointLocals } from './endpoints.ts';
import { addFlowLogs } from './flow-logs.ts';
import { addNetwork, networkLocals } from './network.ts';
import { addNodeGroups, nodeLocals } from './node-groups.ts';

/** Network, cluster, registry: applied by the install role with roles and keys that the account stack made. */
export class BaseStack extends ModuleStack {
  constructor(scope: Construct, id: string, filledIn?: FilledIn) {
    super(scope, id, filledIn);
    this.variables(baseModuleVariables);
    this.locals({
      ...sharedLocals,
      ...networkLocals,
      ...endpointLocals,
      ...linkLocals,
      ...clusterLocals,
      ...nodeLocals,
      ...addOnLocals,
      role_arns: `{ for kind in ${JSON.stringify(roleKinds)} : kind => "arn:\${local.partition}:iam::\${var.account_id}:role/\${local.prefix}-\${kind}" }`,
      state_key_arn: this.key('state'),
      cluster_key_arn: this.key('cluster'),
    });
    addNetwork(this);
    addEndpoints(this);
    addFlowLogs(this);
    addControlPlaneLink(this);
    addCluster(this);
    addNodeGroups(this);
    addAddOns(this);
    addAccess(this);
    addBudget(this);
    const repository = new EcrRepository(this, 'repository', {
      name: '${local.prefix}/${each.key}',
      // No expiry rules: what is pulled by digest looks untagged and would be deleted alive.
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS' }],
    });
    forEach('toset(var.repositories)', repository);
    this.outputs({
      mode: 'var.mode',
      nodeProfile: 'var.node_profile',
      autoLimits: 'var.auto_limits',
      clusterName: 'local.cluster_name',
      clusterEndpoint: 'local.cluster_endpoint',
      clusterCa: 'local.cluster_ca',
      clusterVersion: 'local.cluster_version',
      stateKeyArn: 'local.state_key_arn',
      vpcId: 'local.vpc_id',
      publicSubnetIds: 'local.public_subnet_ids',
      privateSubnetIds: 'local.private_subnet_ids',
      // 123456789012.dkr.ecr.<region>.amazonaws.com: what stands before the first slash, whatever the partition.
      registryHost: 'split("/", values(aws_ecr_repository.repository)[0].repository_url)[0]',
    });
  }

  /** The account stack's by its alias, or the customer's own. */
  private key(kind: 'state' | 'cluster'): string {
    const key = new DataAwsKmsKey(this, `${kind}-key`, { keyId: `alias/\${local.prefix}-${kind}` });
    onlyIf(`var.${kind}_kms_key_arn == ""`, key);
    return `var.${kind}_kms_key_arn == "" ? one(data.aws_kms_key.${kind}-key[*].arn) : var.${kind}_kms_key_arn`;
  }
}
