import type { Json, JsonObject } from '../../../contract/index.ts';
import { attribute, either, is, isGiven, ref, sub, type TemplateResource } from '../template.ts';

/** What the first run tells the second one, and this template: names as CodeBuild exports them. */
export const exportedNames = ['LANDFALL_VPC_ID', 'LANDFALL_SUBNET_IDS', 'LANDFALL_SECURITY_GROUP_ID'] as const;

const configPath = '/tmp/landfall-bootstrap.json';
const exportsPath = '/tmp/landfall-exports';

export type Run = 'base' | 'hand-off';

const byProxy: Record<Run, string> = { base: 'BaseByProxy', 'hand-off': 'HandOffByProxy' };

/** Which runs go by the customer's proxy. */
export const proxyConditions: Record<string, Json> = {
  [byProxy['hand-off']]: isGiven('HttpsProxy'),
  [byProxy.base]: { 'Fn::And': [isGiven('HttpsProxy'), is('ProxyFor', 'both')] },
};

/**
 * Two runs of the same image as the install role: the first from outside any VPC, the second inside the new one, since the
 * cluster answers only there. JSON is YAML, and single quotes are its one trap in a shell.
 */
export function buildSpec(run: Run, config: JsonObject): Json {
  const json = JSON.stringify(config).replaceAll("'", String.raw`\u0027`);
  const job = `/usr/local/bin/node /opt/landfall/bootstrap.js ${run} --config ${configPath} --exports ${exportsPath}`;
  const text = JSON.stringify({
    env: run === 'base' ? { 'exported-variables': exportedNames } : {},
    phases: {
      build: {
        commands: [`printf '%s' '${json}' > ${configPath}`, job, ...(run === 'base' ? [`. ${exportsPath}`] : [])],
      },
    },
  });
  // CodeBuild's own agent takes the proxy for the log only when it is told so here.
  const agent = either(byProxy[run], '"proxy":{"logs":"yes"},', '');
  return { 'Fn::Join': ['', ['{"version":0.2,', agent, text.slice(1)]] };
}

export function project(run: Run, config: JsonObject, more: JsonObject = {}): TemplateResource {
  const secrets: Json[] =
    run === 'base'
      ? []
      : [
          variable('LANDFALL_JOIN_TOKEN', ref('JoinToken')),
          variable('LANDFALL_REGISTRY_USERNAME', ref('VendorRegistryUsername')),
          variable('LANDFALL_REGISTRY_PASSWORD', ref('VendorRegistryToken')),
        ];
  return {
    Type: 'AWS::CodeBuild::Project',
    Properties: {
      Name: sub(projectName(run)),
      Description:
        run === 'base' ? 'Landfall: network, cluster, registry' : 'Landfall: hands the cluster to the runner',
      ServiceRole: sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${NamePrefix}-install'),
      Source: { Type: 'NO_SOURCE', BuildSpec: buildSpec(run, config) },
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Environment: {
        Type: 'LINUX_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        Image: ref('BootstrapImage'),
        ImagePullCredentialsType: 'SERVICE_ROLE',
        PrivilegedMode: false,
        EnvironmentVariables: [
          variable('LANDFALL_REGION', ref('AWS::Region')),
          variable('HTTPS_PROXY', either(byProxy[run], ref('HttpsProxy'), '')),
          variable('NO_PROXY', either(byProxy[run], ref('NoProxy'), '')),
          ...secrets,
        ],
      },
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: ref('BuildLogs') } },
      // With the queue, less than the hour after which CloudFormation stops waiting.
      TimeoutInMinutes: 50,
      QueuedTimeoutInMinutes: 5,
      ConcurrentBuildLimit: 1,
      ...more,
    },
  };
}

/** The second project can only be made when the first run has told where the new network is. */
export function insideTheNetwork(): JsonObject {
  return {
    VpcConfig: {
      VpcId: attribute('BaseRun', exportedNames[0]),
      Subnets: { 'Fn::Split': [',', attribute('BaseRun', exportedNames[1])] },
      SecurityGroupIds: [attribute('BaseRun', exportedNames[2])],
    },
  };
}

export function projectName(run: Run): string {
  return run === 'base' ? '${NamePrefix}-bootstrap' : '${NamePrefix}-bootstrap-hand-off';
}

function variable(name: string, value: Json): JsonObject {
  return { Name: name, Type: 'PLAINTEXT', Value: value };
}
