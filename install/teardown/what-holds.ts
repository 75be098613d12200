import { type EC2Client, paginateDescribeNetworkInterfaces, paginateDescribeSecurityGroups } from '@aws-sdk/client-ec2';
import { LandfallError } from '../../contract/index.ts';
import type { Thing } from './receipt.ts';

/**
 * A network that cannot be deleted is used by something that nobody marked: made by a controller that this teardown does not know,
 * or by a person. AWS says only DependencyViolation; this says what it is. Anything else passes as it came.
 */
export async function explainHeldNetwork(ec2: EC2Client, vpc: Thing | undefined, error: unknown): Promise<unknown> {
  const id = /vpc-[0-9a-f]+$/.exec(vpc?.id ?? '')?.[0];
  if (id === undefined || !(error instanceof LandfallError) || !/DependencyViolation|dependenc/i.test(error.message))
    return error;
  const filter = { Filters: [{ Name: 'vpc-id', Values: [id] }] };
  const holders: string[] = [];
  for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client: ec2 }, filter)) {
    holders.push(
      ...NetworkInterfaces.map((each) => `network interface ${each.NetworkInterfaceId} (${each.Description ?? ''})`),
    );
  }
  for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client: ec2 }, filter)) {
    const others = SecurityGroups.filter(({ GroupName }) => GroupName !== 'default');
    holders.push(...others.map(({ GroupId, GroupName }) => `security group ${GroupId} (${GroupName})`));
  }
  if (holders.length === 0) return error;
  const message = `network ${id} cannot be deleted, it is used still by ${holders.join(', ')}`;
  return new LandfallError('LF-TEARDOWN-003', message, { cause: error });
}
