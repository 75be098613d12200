import { expect, it } from 'vitest';
import { digestSchema } from '../../contract/index.ts';
import { runnerValues } from './values.ts';

const digest = digestSchema.parse(`sha256:${'a'.repeat(64)}`);

it('points the runner at its own registry, state and cluster, and holds nothing secret', async () => {
  const values = runnerValues({
    installId: 'acme',
    accountId: '123456789012',
    region: 'eu-central-1',
    product: 'streaming',
    session: {
      roleArn: '',
      expiresAt: new Date(0),
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'canary-secret-key', sessionToken: 'canary-session' },
    },
    base: {
      clusterName: 'lf-acme',
      clusterEndpoint: 'https://cluster.example',
      clusterCa: '',
      registryHost: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      stateKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1',
      vpcId: 'vpc-1',
      publicSubnetIds: [],
      privateSubnetIds: [],
      clusterVersion: '1.34',
      mode: 'full',
      nodeProfile: 'node-groups',
      autoLimits: { cpu: 64, memory_gib: 256 },
    },
    baseInputs: { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' },
    vendorRegistry: { host: 'registry.example', credentials: { username: 'canary-user', password: 'canary-password' } },
    runner: { image: { repository: 'landfall/runner', digest }, chart: { path: 'chart' } },
    controlPlane: { url: 'https://control-plane.example' },
    trust: { releaseKeys: ['release key'], desiredStateKeys: ['state key'] },
    joinToken: () => Promise.resolve('canary-join-token'),
    permissionsUpdateUrl: 'https://console.aws.amazon.com/cloudformation/home',
    proxy: { https: 'http://proxy.corp.example:3128', credentialsSecret: 'landfall-proxy' },
  });
  expect(values).toMatchObject({
    image: { repository: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/lf-acme/landfall/runner', digest },
    registry: { host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com', prefix: 'lf-acme' },
    state: { bucket: 'lf-acme-123456789012-state' },
    ending: { installRoleName: 'lf-acme-install' },
    handoffSecret: 'landfall-handoff',
    permissionsUpdateUrl: 'https://console.aws.amazon.com/cloudformation/home',
    base: {
      variables: { install_id: 'acme', nat: 'single' },
      upgradeRoleArn: 'arn:aws:iam::123456789012:role/lf-acme-upgrade',
      mode: 'full',
    },
    seal: { everyHours: 24 },
    proxy: { https: 'http://proxy.corp.example:3128', credentialsSecret: 'landfall-proxy' },
  });
  expect(JSON.stringify(values)).not.toContain('canary');
});
