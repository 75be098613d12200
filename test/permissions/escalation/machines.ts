import { account, admin, arn, type EscalationPath, foreign, iam } from './escalation-path.ts';

/** Into the cluster, and onto machines. */
export const machinePaths: readonly EscalationPath[] = [
  // The cluster's door.
  ...['install', 'runner', 'upgrade', 'teardown'].map((role): EscalationPath => ({
    name: `let the admin role into the cluster (tried by ${role})`,
    action: 'eks:CreateAccessEntry',
    resource: arn('eks', 'cluster/lf-acme'),
    context: { 'eks:principalArn': admin },
  })),
  {
    name: 'let somebody of another account into the cluster',
    action: 'eks:CreateAccessEntry',
    resource: arn('eks', 'cluster/lf-acme'),
    context: { 'eks:principalArn': 'arn:aws:iam::999999999999:role/outsider' },
  },
  {
    name: 'make another’s entry an admin’s',
    action: 'eks:AssociateAccessPolicy',
    resource: arn('eks', `access-entry/lf-acme/role/${account}/somebody/0`),
    context: { 'eks:policyArn': 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy' },
  },
  {
    name: 'move an entry into system:masters',
    action: 'eks:UpdateAccessEntry',
    resource: arn('eks', `access-entry/lf-acme/role/${account}/lf-acme-install/0`),
    context: { 'eks:kubernetesGroups': ['system:masters'] },
  },
  {
    name: 'enter another cluster of the account',
    action: 'eks:CreateAccessEntry',
    resource: arn('eks', 'cluster/payroll'),
    context: { 'eks:principalArn': iam('role/lf-acme-install') },
  },
  {
    name: 'trust an identity provider of one’s own in the cluster',
    action: 'eks:AssociateIdentityProviderConfig',
    resource: arn('eks', 'cluster/lf-acme'),
  },
  // Machines.
  {
    name: 'start a machine that no template of ours describes',
    action: 'ec2:RunInstances',
    resource: arn('ec2', 'instance/*'),
    context: { 'ec2:IsLaunchTemplateResource': 'false' },
  },
  {
    name: 'start a machine from a foreign launch template',
    action: 'ec2:RunInstances',
    resource: arn('ec2', 'launch-template/lt-0foreign'),
    context: foreign,
  },
  {
    name: 'put user data into a foreign launch template',
    action: 'ec2:CreateLaunchTemplateVersion',
    resource: arn('ec2', 'launch-template/lt-0foreign'),
    context: foreign,
  },
  {
    name: 'change how a machine starts',
    action: 'ec2:ModifyInstanceAttribute',
    resource: arn('ec2', 'instance/i-0foreign'),
  },
  {
    name: 'swap the profile of a machine',
    action: 'ec2:ReplaceIamInstanceProfileAssociation',
    resource: arn('ec2', 'instance/i-0foreign'),
  },
  { name: 'run a command on a machine', action: 'ssm:SendCommand', resource: arn('ec2', 'instance/i-0foreign') },
  {
    name: 'have a command run on machines by an association',
    action: 'ssm:CreateAssociation',
    resource: arn('ec2', 'instance/i-0foreign'),
  },
  {
    name: 'have a command run on machines by an automation',
    action: 'ssm:StartAutomationExecution',
    resource: arn('ssm', 'automation-definition/theirs:1'),
  },
  { name: 'open a shell on a machine', action: 'ssm:StartSession', resource: arn('ec2', 'instance/i-0foreign') },
  { name: 'go back to a shell on a machine', action: 'ssm:ResumeSession', resource: arn('ssm', 'session/theirs-0') },
  {
    name: 'put a key onto a machine',
    action: 'ec2-instance-connect:SendSSHPublicKey',
    resource: arn('ec2', 'instance/i-0foreign'),
  },
  {
    name: 'change the code of a function',
    action: 'lambda:UpdateFunctionCode',
    resource: arn('lambda', 'function:pay'),
  },
  {
    name: 'let an outsider call a function',
    action: 'lambda:AddPermission',
    resource: arn('lambda', 'function:pay'),
  },
];
