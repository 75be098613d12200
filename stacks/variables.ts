import { type JsonObject, parseValue } from '../contract/index.ts';
import { type BaseInputs, type BaseInputsGiven, baseInputsSchema } from './base-inputs.ts';
import { type AccountInputs, type AccountInputsGiven, accountInputsSchema } from './inputs.ts';

export type VariableRequest =
  { stack: 'account'; inputs: AccountInputsGiven } | { stack: 'base'; inputs: BaseInputsGiven };

/** What an install decides, checked, as the Terraform variables of its module: the content of `terraform.tfvars.json`. */
export function toVariables(request: VariableRequest): JsonObject {
  const what = `the inputs of stack ${request.stack}`;
  return request.stack === 'account'
    ? accountVariables(parseValue(request.inputs, accountInputsSchema, what))
    : baseVariables(parseValue(request.inputs, baseInputsSchema, what));
}

function sharedVariables(inputs: AccountInputs | BaseInputs): JsonObject {
  return {
    install_id: inputs.installId,
    account_id: inputs.accountId,
    region: inputs.region,
    name_prefix: inputs.namePrefix,
    tags: inputs.tags,
    mode: inputs.mode,
    node_profile: inputs.nodeProfile,
    cluster_name: inputs.clusterName,
    state_kms_key_arn: inputs.stateKmsKeyArn,
    cluster_kms_key_arn: inputs.clusterKmsKeyArn,
    install_access: inputs.installAccess,
  };
}

export function accountVariables(inputs: AccountInputs): JsonObject {
  const { installPrincipal: principal } = inputs;
  return {
    ...sharedVariables(inputs),
    install_principal_kind: principal.kind,
    ...(principal.kind === 'vendor'
      ? { vendor_principal_arn: principal.arn, external_id: principal.externalId }
      : { bootstrap_project: principal.project }),
    install_expires_at: inputs.installExpiresAt,
    teardown_access: inputs.teardownAccess,
    permissions_boundary_arn: inputs.permissionsBoundaryArn,
    census: inputs.census,
  };
}

export function baseVariables(inputs: BaseInputs): JsonObject {
  const { vpc, controlPlaneLink: link, monthlyBudget: budget } = inputs;
  return {
    ...sharedVariables(inputs),
    ...(inputs.kubernetesVersion === undefined ? {} : { kubernetes_version: inputs.kubernetesVersion }),
    vpc_cidr: inputs.vpcCidr,
    zones: inputs.zones,
    nat: inputs.nat,
    private_endpoints: inputs.privateEndpoints,
    flow_logs: inputs.flowLogs,
    public_endpoint_cidrs: inputs.publicEndpointCidrs,
    vpc_id: vpc?.id ?? '',
    private_subnet_ids: vpc?.privateSubnetIds ?? [],
    public_subnet_ids: vpc?.publicSubnetIds ?? [],
    node_groups: Object.fromEntries(
      inputs.nodeGroups.map(({ name, instanceType, size, diskGib, releaseVersion }) => [
        name,
        { instance_type: instanceType, size, disk_gib: diskGib, release_version: releaseVersion },
      ]),
    ),
    ...(inputs.nodeImageVersion === undefined ? {} : { node_image_version: inputs.nodeImageVersion }),
    ...(inputs.addonVersions === undefined ? {} : { addon_versions: inputs.addonVersions }),
    auto_limits: { cpu: inputs.autoLimits.cpu, memory_gib: inputs.autoLimits.memoryGib },
    control_plane_link_kind: link.kind,
    ...(link.kind === 'privatelink'
      ? { control_plane_service_name: link.serviceName, control_plane_private_dns: link.privateDns }
      : {}),
    ...(link.kind === 'vpn'
      ? {
          control_plane_gateway_ip: link.gatewayIp,
          control_plane_bgp_asn: link.bgpAsn,
          control_plane_cidrs: link.cidrs,
        }
      : {}),
    repositories: inputs.repositories,
    monthly_budget_usd: budget?.usd ?? 0,
    budget_email: budget?.email ?? '',
  };
}
