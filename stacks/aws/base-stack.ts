/* oxlint-disable no-new -- a construct adds itself to its scope */
import { DataAwsKmsKey } from '@cdktf/provider-aws/lib/data-aws-kms-key/index.js';
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository/index.js';
import type { Construct } from 'constructs';
import type { BaseInputs } from '../inputs.ts';
import { stateKeys } from '../names.ts';
import { addCluster } from './cluster.ts';
import { LandfallStack } from './landfall-stack.ts';
import { addNetwork } from './network.ts';

/** Network, cluster, registry: applied by the install role with roles and keys that the account stack made. */
export class BaseStack extends LandfallStack {
  constructor(scope: Construct, id: string, inputs: BaseInputs) {
    super(scope, id, inputs, inputs.backend, stateKeys.base);
    const names = this.names;
    const clusterKey = new DataAwsKmsKey(this, 'cluster-key', { keyId: names.keyAliases.cluster });
    const stateKey = new DataAwsKmsKey(this, 'state-key', { keyId: names.keyAliases.state });
    const network = addNetwork(this, inputs, names);
    const cluster = addCluster(this, inputs, names, network, clusterKey.arn);
    for (const name of inputs.repositories) {
      new EcrRepository(this, `repository-${name.replaceAll('/', '-')}`, {
        name: `${names.prefix}/${name}`,
        // No expiry rules: what is pulled by digest looks untagged and would be deleted alive.
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
      });
    }
    this.output('clusterName', names.cluster);
    this.output('clusterEndpoint', cluster.endpoint);
    this.output('clusterCa', cluster.certificateAuthority.get(0).data);
    this.output('stateKeyArn', stateKey.arn);
    this.output('vpcId', network.vpcId);
    this.output('publicSubnetIds', network.publicSubnetIds);
    this.output('privateSubnetIds', network.privateSubnetIds);
    const first = inputs.repositories[0];
    if (first !== undefined) {
      // 123456789012.dkr.ecr.<region>.amazonaws.com: what stands before the first slash, whatever the partition.
      this.output(
        'registryHost',
        `\${split("/", aws_ecr_repository.repository-${first.replaceAll('/', '-')}.repository_url)[0]}`,
      );
    }
  }
}
