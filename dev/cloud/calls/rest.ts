import { arn } from '../account.ts';
import { type CloudRequest, jsonBodyOf, pathSegments } from '../wire/request.ts';
import { findRoute, parseRoutes } from '../wire/route-table.ts';
import type { Call } from './call.ts';
import { tagsOf } from './json.ts';
import { passedRoles } from './pass-role.ts';
import { tagContext } from './tag-context.ts';

const tables: Record<string, ReturnType<typeof parseRoutes>> = {
  lambda: parseRoutes(`
    GET /2015-03-31/functions ListFunctions
    POST /2015-03-31/functions CreateFunction
    GET /2015-03-31/functions/:function GetFunction
    DELETE /2015-03-31/functions/:function DeleteFunction
    GET /2015-03-31/functions/:function/configuration GetFunctionConfiguration
    PUT /2015-03-31/functions/:function/configuration UpdateFunctionConfiguration
    PUT /2015-03-31/functions/:function/code UpdateFunctionCode
    GET /2015-03-31/functions/:function/policy GetPolicy
    POST /2015-03-31/functions/:function/policy AddPermission
    DELETE /2015-03-31/functions/:function/policy/:statement RemovePermission
    POST /2015-03-31/functions/:function/invocations InvokeFunction
    GET /2015-03-31/functions/:function/versions ListVersionsByFunction
    POST /2015-03-31/functions/:function/versions PublishVersion
    GET /2015-03-31/functions/:function/aliases ListAliases
    POST /2015-03-31/functions/:function/aliases CreateAlias
    GET /2020-06-30/functions/:function/code-signing-config GetFunctionCodeSigningConfig
    GET /2021-10-31/functions/:function/url GetFunctionUrlConfig
    GET /2018-10-31/layers ListLayers
    GET /2018-10-31/layers/:layer/versions ListLayerVersions
    POST /2018-10-31/layers/:layer/versions PublishLayerVersion
    GET /2018-10-31/layers/:layer/versions/:version GetLayerVersion
    DELETE /2018-10-31/layers/:layer/versions/:version DeleteLayerVersion
    GET /2018-10-31/layers/:layer/versions/:version/policy GetLayerVersionPolicy
    POST /2018-10-31/layers/:layer/versions/:version/policy AddLayerVersionPermission
    DELETE /2018-10-31/layers/:layer/versions/:version/policy/:statement RemoveLayerVersionPermission
    GET /2017-03-31/tags/:arn ListTags
    POST /2017-03-31/tags/:arn TagResource
    DELETE /2017-03-31/tags/:arn UntagResource`),
  ram: parseRoutes(`
    POST /createresourceshare CreateResourceShare
    POST /associateresourceshare AssociateResourceShare
    DELETE /deleteresourceshare DeleteResourceShare
    POST /getresourceshares GetResourceShares
    POST /getresourceshareassociations GetResourceShareAssociations
    POST /getresourcepolicies GetResourcePolicies
    POST /listresources ListResources
    POST /listprincipals ListPrincipals
    POST /enablesharingwithawsorganization EnableSharingWithAwsOrganization`),
};

/** REST services: by a table of their own, else nobody but the administrator may call what cannot be named. */
export function describeRest(request: CloudRequest, service: string): Call {
  const route = findRoute(tables[service] ?? [], request);
  const action = route?.action ?? `${request.method} /${pathSegments(request).join('/')}`;
  const body = jsonBodyOf(request);
  const resource = service === 'lambda' && route !== undefined ? lambdaArn(route.parameters, body) : undefined;
  const context = tagContext(tagsOf(body['Tags'] ?? body['tags']));
  const own = { action: `${service}:${action}`, context, ...(resource === undefined ? {} : { resource }) };
  return {
    service,
    action,
    dialect: 'rest-json',
    checks: [own, ...passedRoles(body, service)],
    ...(resource === undefined ? {} : { resource }),
  };
}

function lambdaArn(at: Record<string, string>, body: Record<string, unknown>): string | undefined {
  if (at['arn'] !== undefined) return at['arn'];
  if (at['layer'] !== undefined) {
    const version = at['version'] === undefined ? '' : `:${at['version']}`;
    return at['layer'].startsWith('arn:')
      ? `${at['layer']}${version}`
      : arn('lambda', `layer:${at['layer']}${version}`);
  }
  const name = at['function'] ?? body['FunctionName'];
  if (typeof name !== 'string') return undefined;
  return name.startsWith('arn:') ? name : arn('lambda', `function:${name}`);
}
