import { arn } from '../arns.ts';
import { onlyOurs } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

/** EKS tries a launch template out with the rights of whoever names it: only through a template of ours, nothing overridden. */
export function nodesFromTheTemplate(phases: Statement['phases']): Statement[] {
  return [
    {
      sid: 'RunFromOwnTemplate',
      effect: 'Allow',
      actions: ['ec2:RunInstances'],
      resources: [arn('ec2', 'launch-template/*')],
      conditions: onlyOurs,
      reason: 'EKS tries the launch template out with the rights of whoever gives it to a node group',
      phases,
    },
    {
      sid: 'RunNothingElse',
      effect: 'Allow',
      actions: ['ec2:RunInstances'],
      resources: [
        ...['instance', 'network-interface', 'security-group', 'subnet', 'volume'].map((kind) =>
          arn('ec2', `${kind}/*`),
        ),
        'arn:${partition}:ec2:${region}::image/*',
      ],
      conditions: { Bool: { 'ec2:IsLaunchTemplateResource': 'true' } },
      reason: 'The same try: everything as the template says, nothing overridden in the call',
      phases,
    },
    {
      sid: 'TagNodes',
      effect: 'Allow',
      actions: ['ec2:CreateTags'],
      resources: ['instance', 'network-interface', 'volume'].map((kind) => arn('ec2', `${kind}/*`)),
      conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
      reason: 'The same try: nodes, their disks and interfaces carry their tags from the start, by the template',
      phases,
    },
  ];
}
