import { arn, foreign, type EscalationPath } from './escalation-path.ts';

/** Tags that lie about what is ours, and what is above the account. */
export const borderPaths: readonly EscalationPath[] = [
  // Tags that lie.
  {
    name: 'mark a foreign VPC as ours',
    action: 'ec2:CreateTags',
    resource: arn('ec2', 'vpc/vpc-0foreign'),
    context: { 'aws:RequestTag/landfall:install': 'acme', 'aws:TagKeys': ['landfall:install'] },
  },
  {
    name: 'mark a foreign security group as ours',
    action: 'ec2:CreateTags',
    resource: arn('ec2', 'security-group/sg-0foreign'),
    context: { 'aws:RequestTag/landfall:install': 'acme', 'aws:TagKeys': ['landfall:install'] },
  },
  {
    name: 'mark a foreign launch template as ours',
    action: 'ec2:CreateTags',
    resource: arn('ec2', 'launch-template/lt-0foreign'),
    context: { 'aws:RequestTag/landfall:install': 'acme', 'aws:TagKeys': ['landfall:install'] },
  },
  { name: 'delete a foreign VPC', action: 'ec2:DeleteVpc', resource: arn('ec2', 'vpc/vpc-0foreign'), context: foreign },
  { name: 'delete an untagged VPC', action: 'ec2:DeleteVpc', resource: arn('ec2', 'vpc/vpc-0foreign') },
  {
    name: 'take a foreign address off its machine',
    action: 'ec2:DisassociateAddress',
    resource: arn('ec2', 'elastic-ip/eipalloc-0foreign'),
    context: foreign,
  },
  {
    name: 'open a foreign security group',
    action: 'ec2:AuthorizeSecurityGroupIngress',
    resource: arn('ec2', 'security-group/sg-0foreign'),
    context: foreign,
  },
  {
    name: 'bend a foreign route table',
    action: 'ec2:CreateRoute',
    resource: arn('ec2', 'route-table/rtb-0foreign'),
    context: foreign,
  },
  { name: 'join networks', action: 'ec2:CreateVpcPeeringConnection', resource: arn('ec2', 'vpc/vpc-0foreign') },
  // Above the account, and its eyes.
  { name: 'leave the organisation', action: 'organizations:LeaveOrganization', resource: '*' },
  { name: 'change the account’s contacts', action: 'account:PutAlternateContact', resource: '*' },
  {
    name: 'switch the audit off',
    action: 'cloudtrail:StopLogging',
    resource: arn('cloudtrail', 'trail/main'),
  },
];
