import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../contract/index.ts';
import { backendOverride, type StateBackend } from './backend.ts';

const key = 'components/queue/terraform.tfstate';
const azure: StateBackend = {
  kind: 'azurerm',
  storageAccount: 'lfacmestate',
  container: 'states',
  tenantId: '00000000-0000-4000-8000-000000000001',
  subscriptionId: '00000000-0000-4000-8000-000000000002',
  clientId: '00000000-0000-4000-8000-000000000003',
};

describe('where a state is, as the engine is told', () => {
  const rows: [string, StateBackend, boolean, JsonObject][] = [
    [
      'a bucket, locked by a file in it',
      { kind: 's3', bucket: 'b', region: 'eu-central-1', kmsKeyArn: 'arn:k' },
      false,
      { s3: { bucket: 'b', key, region: 'eu-central-1', encrypt: true, use_lockfile: true, kms_key_id: 'arn:k' } },
    ],
    [
      'a bucket at an address of its own',
      { kind: 's3', bucket: 'b', region: 'r', kmsKeyArn: null },
      true,
      { s3: { bucket: 'b', key, region: 'r', encrypt: true, use_lockfile: true, use_path_style: true } },
    ],
    [
      'a container of a storage account, as a workload identity and never by a key',
      azure,
      false,
      {
        azurerm: {
          storage_account_name: 'lfacmestate',
          container_name: 'states',
          key,
          use_azuread_auth: true,
          use_aks_workload_identity: true,
          use_cli: false,
          tenant_id: '00000000-0000-4000-8000-000000000001',
          subscription_id: '00000000-0000-4000-8000-000000000002',
          client_id: '00000000-0000-4000-8000-000000000003',
        },
      },
    ],
    [
      "Secrets in the cluster, as the pod's own account",
      { kind: 'kubernetes', namespace: 'landfall-system', kubeconfig: null },
      false,
      {
        kubernetes: {
          secret_suffix: 'components-queue-state',
          namespace: 'landfall-system',
          labels: { 'landfall.dev/managed': 'true' },
          in_cluster_config: true,
        },
      },
    ],
    [
      'Secrets in the cluster, by a kubeconfig',
      { kind: 'kubernetes', namespace: 'n', kubeconfig: '/k' },
      false,
      {
        kubernetes: {
          secret_suffix: 'components-queue-state',
          namespace: 'n',
          labels: { 'landfall.dev/managed': 'true' },
          config_path: '/k',
        },
      },
    ],
  ];
  it.each(rows)('%s', (_, state, ownEndpoint, backend) => {
    expect(backendOverride(state, key, { ownEndpoint })).toEqual({ terraform: { backend } });
  });

  it('no name of a component makes a suffix that the engine takes for the part of another state', () => {
    const state: StateBackend = { kind: 'kubernetes', namespace: 'n', kubeconfig: null };
    const text = JSON.stringify(backendOverride(state, 'components/queue-1/terraform.tfstate', { ownEndpoint: false }));
    expect(text).toContain('"secret_suffix":"components-queue-1-state"');
  });
});
