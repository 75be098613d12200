import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../contract/index.ts';
import { attribute, ref, sub, type TemplateResource } from '../template.ts';
import { projectName } from './projects.ts';

/** Seconds: five attempts of ten with the waiting between them. */
const timeout = 120;

const projectArn = (run: 'base' | 'hand-off'): Json =>
  sub(`arn:\${AWS::Partition}:codebuild:\${AWS::Region}:\${AWS::AccountId}:project/${projectName(run)}`);

/** The function between CloudFormation and CodeBuild, and what wakes it when a build has ended. */
export function starterResources(): Record<string, TemplateResource> {
  const name = '${NamePrefix}-bootstrap-starter';
  return {
    StarterLogs: {
      Type: 'AWS::Logs::LogGroup',
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: { LogGroupName: sub(`/aws/lambda/${name}`), RetentionInDays: 30 },
    },
    StarterRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: sub(name),
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        Policies: [
          {
            PolicyName: 'start-and-answer',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Sid: 'StartTheTwoJobs',
                  Effect: 'Allow',
                  Action: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild'],
                  Resource: [projectArn('base'), projectArn('hand-off')],
                },
                {
                  Sid: 'OwnLog',
                  Effect: 'Allow',
                  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                  Resource: [attribute('StarterLogs', 'Arn')],
                },
              ],
            },
          },
        ],
      },
    },
    Starter: {
      Type: 'AWS::Lambda::Function',
      DependsOn: 'StarterLogs',
      Properties: {
        FunctionName: sub(name),
        Description: 'Landfall: starts the two bootstrap jobs and tells CloudFormation how they ended',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: attribute('StarterRole', 'Arn'),
        Timeout: timeout,
        MemorySize: 256,
        Code: { ZipFile: readFileSync(join(import.meta.dirname, 'starter.cjs'), 'utf8') },
      },
    },
    BuildEnded: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: sub('${NamePrefix}-bootstrap-ended'),
        Description: 'Landfall: a bootstrap job has ended, however',
        EventPattern: {
          source: ['aws.codebuild'],
          'detail-type': ['CodeBuild Build State Change'],
          detail: {
            'build-status': ['SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'],
            'project-name': [sub(projectName('base')), sub(projectName('hand-off'))],
          },
        },
        Targets: [{ Id: 'starter', Arn: attribute('Starter', 'Arn') }],
      },
    },
    BuildEndedMayCall: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: ref('Starter'),
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: attribute('BuildEnded', 'Arn'),
        SourceAccount: ref('AWS::AccountId'),
      },
    },
  };
}
