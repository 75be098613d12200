/* oxlint-disable no-new -- a construct adds itself to its scope */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log/index.js';
import type { TerraformStack } from 'cdktf';
import { called, named, onlyIf, text } from '../expressions.ts';

/** Who talked with whom, kept in the account. AWS writes them as a role that may do nothing else. */
export function addFlowLogs(stack: TerraformStack): void {
  const wanted = 'local.full && var.flow_logs';
  const group = new CloudwatchLogGroup(stack, 'flow-group', {
    name: '/landfall/${local.prefix}/flow',
    retentionInDays: 90,
  });
  onlyIf(wanted, called('flow', group));
  const flow = new FlowLog(stack, 'flow-log', {
    vpcId: text('aws_vpc.vpc[0].id'),
    trafficType: 'ALL',
    logDestinationType: 'cloud-watch-logs',
    logDestination: text('aws_cloudwatch_log_group.flow[0].arn'),
    iamRoleArn: text('local.role_arns.flow'),
    ...named('flow'),
  });
  onlyIf(wanted, called('flow', flow));
}
