import type { Check } from '../policy/evaluate.ts';
import { isRecord } from '../wire/request.ts';

type Body = Record<string, unknown>;

/** EKS's own condition keys, from the path's parameters and the body. Those that the reference does not list for the action fall away later. */
export function eksContext(parameters: Record<string, string>, body: Body): Check['context'] {
  const access = record(body['accessConfig']);
  const scope = record(body['accessScope']);
  return {
    'eks:clusterName': parameters['cluster'] ?? text(body['name']),
    'eks:principalArn': parameters['principal'] ?? text(body['principalArn']),
    'eks:policyArn': parameters['policy'] ?? text(body['policyArn']),
    'eks:kubernetesGroups': texts(body['kubernetesGroups']),
    'eks:username': text(body['username']),
    'eks:accessEntryType': text(body['type']),
    'eks:accessScope': text(scope['type']),
    'eks:namespaces': texts(scope['namespaces']),
    'eks:authenticationMode': text(access['authenticationMode']),
    'eks:bootstrapClusterCreatorAdminPermissions': text(access['bootstrapClusterCreatorAdminPermissions']),
    ...clusterConfiguration(body),
  };
}

function clusterConfiguration(body: Body): NonNullable<Check['context']> {
  const network = record(body['kubernetesNetworkConfig']);
  const storage = record(body['storageConfig']);
  const vpc = record(body['resourcesVpcConfig']);
  return {
    'eks:bootstrapSelfManagedAddons': text(body['bootstrapSelfManagedAddons']),
    'eks:kubernetesVersion': text(body['version']),
    'eks:supportType': text(record(body['upgradePolicy'])['supportType']),
    'eks:zonalShiftEnabled': text(record(body['zonalShiftConfig'])['enabled']),
    'eks:deletionProtection': text(body['deletionProtection']),
    'eks:computeConfigEnabled': text(record(body['computeConfig'])['enabled']),
    'eks:elasticLoadBalancingEnabled': text(record(network['elasticLoadBalancing'])['enabled']),
    'eks:blockStorageEnabled': text(record(storage['blockStorage'])['enabled']),
    'eks:endpointPublicAccess': text(vpc['endpointPublicAccess']),
    'eks:endpointPrivateAccess': text(vpc['endpointPrivateAccess']),
    'eks:encryptionConfigProviderKeyArns': keys(body['encryptionConfig']),
    ...logging(record(body['logging'])),
  };
}

function keys(encryption: unknown): string[] | undefined {
  if (!Array.isArray(encryption)) return undefined;
  const found = encryption.map((entry) => text(record(record(entry)['provider'])['keyArn']));
  return found.filter((key) => key !== undefined);
}

/** `eks:loggingType/audit`: whether that log is asked for. */
function logging(asked: Body): Record<string, string> {
  const setups = Array.isArray(asked['clusterLogging']) ? asked['clusterLogging'].map(record) : [];
  const pairs = setups.flatMap((setup) =>
    (texts(setup['types']) ?? []).map((type): [string, string] => [
      `eks:loggingType/${type}`,
      String(setup['enabled'] === true),
    ]),
  );
  return Object.fromEntries(pairs);
}

function text(value: unknown): string | undefined {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function record(value: unknown): Body {
  return isRecord(value) ? value : {};
}
