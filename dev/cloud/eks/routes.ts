import type { CloudRequest } from '../wire/request.ts';
import { findRoute, parseRoutes, type Route } from '../wire/route-table.ts';

const rows = parseRoutes(`
POST /clusters CreateCluster
GET /clusters ListClusters
GET /clusters/:cluster DescribeCluster
DELETE /clusters/:cluster DeleteCluster
POST /clusters/:cluster/update-config UpdateClusterConfig
POST /clusters/:cluster/updates UpdateClusterVersion
GET /clusters/:cluster/updates ListUpdates
GET /clusters/:cluster/updates/:update DescribeUpdate
POST /clusters/:cluster/node-groups CreateNodegroup
GET /clusters/:cluster/node-groups ListNodegroups
GET /clusters/:cluster/node-groups/:nodegroup DescribeNodegroup
DELETE /clusters/:cluster/node-groups/:nodegroup DeleteNodegroup
POST /clusters/:cluster/node-groups/:nodegroup/update-config UpdateNodegroupConfig
POST /clusters/:cluster/node-groups/:nodegroup/update-version UpdateNodegroupVersion
POST /clusters/:cluster/access-entries CreateAccessEntry
GET /clusters/:cluster/access-entries ListAccessEntries
GET /clusters/:cluster/access-entries/:principal DescribeAccessEntry
POST /clusters/:cluster/access-entries/:principal UpdateAccessEntry
DELETE /clusters/:cluster/access-entries/:principal DeleteAccessEntry
POST /clusters/:cluster/access-entries/:principal/access-policies AssociateAccessPolicy
GET /clusters/:cluster/access-entries/:principal/access-policies ListAssociatedAccessPolicies
DELETE /clusters/:cluster/access-entries/:principal/access-policies/:policy DisassociateAccessPolicy
GET /cluster-versions DescribeClusterVersions
GET /clusters/:cluster/identity-provider-configs ListIdentityProviderConfigs
POST /clusters/:cluster/identity-provider-configs/associate AssociateIdentityProviderConfig
POST /clusters/:cluster/identity-provider-configs/disassociate DisassociateIdentityProviderConfig
POST /clusters/:cluster/identity-provider-configs/describe DescribeIdentityProviderConfig
GET /access-policies ListAccessPolicies
POST /clusters/:cluster/pod-identity-associations CreatePodIdentityAssociation
GET /clusters/:cluster/pod-identity-associations ListPodIdentityAssociations
GET /clusters/:cluster/pod-identity-associations/:association DescribePodIdentityAssociation
POST /clusters/:cluster/pod-identity-associations/:association UpdatePodIdentityAssociation
DELETE /clusters/:cluster/pod-identity-associations/:association DeletePodIdentityAssociation
GET /addons/supported-versions DescribeAddonVersions
GET /addons/configuration-schemas DescribeAddonConfiguration
POST /clusters/:cluster/addons CreateAddon
GET /clusters/:cluster/addons ListAddons
GET /clusters/:cluster/addons/:addon DescribeAddon
DELETE /clusters/:cluster/addons/:addon DeleteAddon
POST /clusters/:cluster/addons/:addon/update UpdateAddon
GET /tags/:arn ListTagsForResource
POST /tags/:arn TagResource
DELETE /tags/:arn UntagResource
`);

export function routeEks(request: CloudRequest): Route | undefined {
  return findRoute(rows, request);
}
