import type { JsonObject } from '../../../contract/index.ts';

/** Where the states of an install are: in the customer's account, or in its cluster. */
export type StateBackend =
  | { kind: 's3'; bucket: string; region: string; kmsKeyArn: string | null }
  | {
      kind: 'azurerm';
      storageAccount: string;
      container: string;
      /** The storage account's blobs are asked for as this identity (workload identity of AKS), never by a key. */
      tenantId: string;
      subscriptionId: string;
      clientId: string;
    }
  | {
      kind: 'kubernetes';
      /** Of the Secrets and Leases: the runner's own. */
      namespace: string;
      /** null: as the pod's service account. */
      kubeconfig: string | null;
    };

/** `base/terraform.tfstate`, `components/<name>/terraform.tfstate`: a path in a bucket or container; a Secret's name is made of it. */
export type StateKey = string;

/** One backend and its settings. */
export type BackendOverride = { terraform: { backend: { [kind: string]: JsonObject } } };

/** The backend's block, as a file of Terraform's JSON syntax that overrides whatever a module says. It holds no secret. */
export function backendOverride(
  state: StateBackend,
  key: StateKey,
  options: { ownEndpoint: boolean },
): BackendOverride {
  return { terraform: { backend: { [state.kind]: settingsOf(state, key, options) } } };
}

function settingsOf(state: StateBackend, key: StateKey, { ownEndpoint }: { ownEndpoint: boolean }): JsonObject {
  switch (state.kind) {
    case 's3':
      return {
        bucket: state.bucket,
        key,
        region: state.region,
        encrypt: true,
        use_lockfile: true,
        ...(state.kmsKeyArn === null ? {} : { kms_key_id: state.kmsKeyArn }),
        ...(ownEndpoint ? { use_path_style: true } : {}), // An address has no subdomains for buckets.
      };
    case 'azurerm':
      return {
        storage_account_name: state.storageAccount,
        container_name: state.container,
        key,
        use_azuread_auth: true,
        use_aks_workload_identity: true,
        use_cli: false,
        tenant_id: state.tenantId,
        subscription_id: state.subscriptionId,
        client_id: state.clientId,
      };
    default:
      return {
        secret_suffix: secretSuffix(key),
        namespace: state.namespace,
        labels: { 'landfall.dev/managed': 'true' },
        ...(state.kubeconfig === null ? { in_cluster_config: true } : { config_path: state.kubeconfig }),
      };
  }
}

/** No suffix may end in a number: the engine numbers the parts of a large state so. */
function secretSuffix(key: StateKey): string {
  return `${key.replace(/\/terraform\.tfstate$/, '').replaceAll('/', '-')}-state`;
}
