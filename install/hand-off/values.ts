import type { JsonObject } from '../../contract/index.ts';
import { installNames, toVariables } from '../../stacks/index.ts';
import type { HandOffRequest } from './request.ts';

export const handOffSecretName = 'landfall-handoff';

/** Where EKS Pod Identity's agent answers on every node. */
const podIdentityUri = 'http://169.254.170.23/v1/credentials';

/** The runner's configuration as values of charts/runner, under the customer's own. Nothing secret: what is, is in the hand-off Secret. */
export function runnerValues(request: HandOffRequest, architectures: readonly string[] = []): JsonObject {
  const { base, baseInputs, controlPlane, vendorRegistry, trust, runner } = request;
  const names = installNames(request);
  return {
    install: {
      id: request.installId,
      product: request.product,
      region: request.region,
      account: request.accountId,
      cluster: base.clusterName,
      prefix: names.prefix,
    },
    image: {
      repository: `${base.registryHost}/${names.prefix}/${runner.image.repository}`,
      digest: runner.image.digest,
      architectures: [...architectures],
    },
    registry: {
      host: base.registryHost,
      prefix: names.prefix,
      kmsKeyArn: baseInputs?.clusterKmsKeyArn ?? '',
    },
    state: { bucket: names.stateBucket, region: request.region, kmsKeyArn: base.stateKeyArn },
    controlPlane: { url: controlPlane.url, caPem: controlPlane.caPem ?? '' },
    vendorRegistry: { host: vendorRegistry.host, caPem: vendorRegistry.caPem ?? '' },
    trust,
    aws: {
      endpointUrl: request.runnerAws?.endpointUrl ?? '',
      podIdentity: { credentialsUri: request.runnerAws?.podIdentityUri ?? podIdentityUri },
    },
    ending: { installRoleName: names.roles.install.name, installRoleArn: names.roles.install.arn },
    base:
      baseInputs === undefined
        ? null
        : {
            variables: toVariables({ stack: 'base', inputs: baseInputs }),
            upgradeRoleArn: names.roles.upgrade.arn,
            mode: base.mode,
          },
    permissionsUpdateUrl: request.permissionsUpdateUrl ?? '',
    seal: { everyHours: request.sealEveryHours ?? 24 },
    handoffSecret: handOffSecretName,
    policy: request.policy ?? {},
    extraCaPem: request.extraCaPem ?? '',
    ...(request.proxy === undefined ? {} : { proxy: request.proxy }),
  };
}
