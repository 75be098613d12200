import type { JsonObject } from '../../../contract/index.ts';
import { attribute, ref, sub, type Template, type TemplateResource } from '../template.ts';
import { type BootstrapDefaults, bootstrapParameters } from './parameters.ts';
import { insideTheNetwork, project, projectName, proxyConditions, type Run } from './projects.ts';
import { starterResources } from './starter.ts';

/** Seconds; the longest that CloudFormation waits for a custom resource. */
const longestWait = '3600';

/**
 * The one-shot job inside the account: two runs, nobody from outside. `config` is what the job needs and nothing secret; it
 * stands in the template as it is, so that a reviewer reads it there. Deleting the stack leaves what the job made.
 */
export function bootstrapTemplate(config: JsonObject, defaults: BootstrapDefaults): Template {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Landfall bootstrap: runs once as the install role of landfall-account, makes network, cluster and registry, and hands over to the runner. Delete this stack afterwards.',
    Parameters: bootstrapParameters(defaults),
    Conditions: proxyConditions,
    Resources: {
      BuildLogs: {
        Type: 'AWS::Logs::LogGroup',
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
        Properties: { LogGroupName: sub('/landfall/${NamePrefix}/bootstrap'), RetentionInDays: 30 },
      },
      ...starterResources(),
      BaseProject: project('base', config),
      BaseRun: run('base', 'BaseProject'),
      HandOffProject: project('hand-off', config, insideTheNetwork()),
      HandOffRun: run('hand-off', 'HandOffProject'),
    },
    Outputs: {
      Vpc: { Description: 'The network that the cluster is in', Value: attribute('BaseRun', 'LANDFALL_VPC_ID') },
      Next: {
        Description: 'What is left to do',
        Value: sub(
          'The runner is at work. Delete this stack, then update landfall-account with InstallAccess = closed (${NamePrefix}).',
        ),
      },
    },
  };
}

/** Ends when the build has ended. A change of image, configuration or attempt runs it again. */
function run(which: Run, projectId: string): TemplateResource {
  return {
    Type: 'Custom::LandfallRun',
    DependsOn: ['BuildEnded', 'BuildEndedMayCall', projectId],
    Properties: {
      ServiceToken: attribute('Starter', 'Arn'),
      ServiceTimeout: longestWait,
      Project: sub(projectName(which)),
      Image: ref('BootstrapImage'),
      Attempt: ref('Attempt'),
    },
  };
}
