/**
 * Known ways from few rights to many, or out of the account. Each is tried with the rights of install, runner, upgrade and
 * teardown role.
 */
export type EscalationPath = {
  name: string;
  action: string;
  resource: string;
  context?: Readonly<Record<string, string | string[]>>;
};

const account = '123456789012';
const iam = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
const arn = (service: string, resource: string): string => `arn:aws:${service}:eu-central-1:${account}:${resource}`;
const passedTo = (service: string): Record<string, string> => ({ 'iam:PassedToService': service });
const admin = iam('role/admin');
const adminPolicy = 'arn:aws:iam::aws:policy/AdministratorAccess';
const foreign = { 'aws:ResourceTag/landfall:install': 'another' };
const stateBucket = 'arn:aws:s3:::lf-acme-123456789012-state';
const stateKey = arn('kms', 'key/11111111-1111-4111-8111-111111111111');
const roles = ['install', 'runner', 'upgrade', 'teardown', 'node', 'cluster'];

export const escalationPaths: readonly EscalationPath[] = [
  // A role handed to a service that then acts as it.
  ...['ec2', 'lambda', 'cloudformation', 'eks', 'pods.eks', 'ecs-tasks', 'codebuild', 'glue', 'sagemaker'].map(
    (service): EscalationPath => ({
      name: `hand the admin role to ${service}`,
      action: 'iam:PassRole',
      resource: admin,
      context: passedTo(`${service}.amazonaws.com`),
    }),
  ),
  ...['lambda', 'cloudformation', 'codebuild'].map((service): EscalationPath => ({
    name: `hand the node role to ${service}`,
    action: 'iam:PassRole',
    resource: iam('role/lf-acme-node'),
    context: passedTo(`${service}.amazonaws.com`),
  })),
  {
    name: 'hand the runner role to a machine of one’s own',
    action: 'iam:PassRole',
    resource: iam('role/lf-acme-runner'),
    context: passedTo('ec2.amazonaws.com'),
  },
  {
    name: 'put a role into an instance profile',
    action: 'iam:AddRoleToInstanceProfile',
    resource: iam('instance-profile/any'),
  },
  // Policies.
  {
    name: 'write a new version of a policy',
    action: 'iam:CreatePolicyVersion',
    resource: iam('policy/lf-acme-runner'),
  },
  {
    name: 'switch to an older version of a policy',
    action: 'iam:SetDefaultPolicyVersion',
    resource: iam('policy/lf-acme-runner'),
  },
  ...roles.map((role): EscalationPath => ({
    name: `attach AdministratorAccess to the ${role} role`,
    action: 'iam:AttachRolePolicy',
    resource: iam(`role/lf-acme-${role}`),
    context: { 'iam:PolicyARN': adminPolicy },
  })),
  {
    name: 'end a role of others by the policy that denies everything',
    action: 'iam:AttachRolePolicy',
    resource: admin,
    context: { 'iam:PolicyARN': iam('policy/lf-acme-ended') },
  },
  ...roles.map((role): EscalationPath => ({
    name: `write an inline policy onto the ${role} role`,
    action: 'iam:PutRolePolicy',
    resource: iam(`role/lf-acme-${role}`),
  })),
  {
    name: 'attach a policy to a user',
    action: 'iam:AttachUserPolicy',
    resource: iam('user/somebody'),
    context: { 'iam:PolicyARN': adminPolicy },
  },
  { name: 'write an inline policy onto a user', action: 'iam:PutUserPolicy', resource: iam('user/somebody') },
  { name: 'join the group of admins', action: 'iam:AddUserToGroup', resource: iam('group/admins') },
  {
    name: 'take the boundary off a role',
    action: 'iam:DeleteRolePermissionsBoundary',
    resource: iam('role/lf-acme-install'),
  },
  {
    name: 'put a wider boundary onto a role',
    action: 'iam:PutRolePermissionsBoundary',
    resource: iam('role/lf-acme-install'),
    context: { 'iam:PermissionsBoundary': adminPolicy },
  },
  { name: 'delete the boundary', action: 'iam:DeletePolicy', resource: iam('policy/lf-acme-boundary') },
  // Identities.
  ...['install', 'runner', 'upgrade'].map((role): EscalationPath => ({
    name: `let an outsider become the ${role} role`,
    action: 'iam:UpdateAssumeRolePolicy',
    resource: iam(`role/lf-acme-${role}`),
  })),
  { name: 'make a role', action: 'iam:CreateRole', resource: iam('role/lf-acme-second') },
  { name: 'make a user', action: 'iam:CreateUser', resource: iam('user/second') },
  { name: 'make an access key of an admin', action: 'iam:CreateAccessKey', resource: iam('user/admin') },
  { name: 'give an admin a password', action: 'iam:CreateLoginProfile', resource: iam('user/admin') },
  { name: 'change the password of an admin', action: 'iam:UpdateLoginProfile', resource: iam('user/admin') },
  {
    name: 'trust an identity provider of one’s own',
    action: 'iam:CreateOpenIDConnectProvider',
    resource: iam('oidc-provider/evil.example'),
  },
  {
    name: 'make a service-linked role of another service',
    action: 'iam:CreateServiceLinkedRole',
    resource: iam('role/aws-service-role/lambda.amazonaws.com/any'),
    context: { 'iam:AWSServiceName': 'lambda.amazonaws.com' },
  },
  { name: 'become the admin role', action: 'sts:AssumeRole', resource: admin },
  { name: 'become the runner', action: 'sts:AssumeRole', resource: iam('role/lf-acme-runner') },
  { name: 'become the teardown role', action: 'sts:AssumeRole', resource: iam('role/lf-acme-teardown') },
  {
    name: 'become a role of another account',
    action: 'sts:AssumeRole',
    resource: 'arn:aws:iam::999999999999:role/anything',
  },
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
  { name: 'open a shell on a machine', action: 'ssm:StartSession', resource: arn('ec2', 'instance/i-0foreign') },
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
  // Keys, data, secrets.
  { name: 'open the state key', action: 'kms:PutKeyPolicy', resource: stateKey },
  {
    name: 'grant the state key to an outsider',
    action: 'kms:CreateGrant',
    resource: stateKey,
    context: { 'kms:GranteePrincipal': 'arn:aws:iam::999999999999:role/outsider', 'aws:ViaAWSService': 'false' },
  },
  {
    name: 'grant the cluster key to an outsider',
    action: 'kms:CreateGrant',
    resource: arn('kms', 'key/22222222-2222-4222-8222-222222222222'),
    context: { 'kms:GranteePrincipal': 'arn:aws:iam::999999999999:role/outsider', 'aws:ViaAWSService': 'false' },
  },
  { name: 'delete the state key', action: 'kms:ScheduleKeyDeletion', resource: stateKey },
  {
    name: 'decrypt with a foreign key',
    action: 'kms:Decrypt',
    resource: arn('kms', 'key/99999999-9999-4999-8999-999999999999'),
  },
  { name: 'open the state bucket', action: 's3:PutBucketPolicy', resource: stateBucket },
  { name: 'have the state bucket copied elsewhere', action: 's3:PutReplicationConfiguration', resource: stateBucket },
  { name: 'read the account’s state', action: 's3:GetObject', resource: `${stateBucket}/account/terraform.tfstate` },
  { name: 'read a foreign bucket', action: 's3:GetObject', resource: 'arn:aws:s3:::payroll/salaries.csv' },
  {
    name: 'read a secret',
    action: 'secretsmanager:GetSecretValue',
    resource: arn('secretsmanager', 'secret:payroll-abcdef'),
  },
  {
    name: 'let an outsider read a secret',
    action: 'secretsmanager:PutResourcePolicy',
    resource: arn('secretsmanager', 'secret:payroll-abcdef'),
  },
  { name: 'read a parameter', action: 'ssm:GetParameter', resource: arn('ssm', 'parameter/payroll') },
  {
    name: 'read a log',
    action: 'logs:GetLogEvents',
    resource: arn('logs', 'log-group:/aws/eks/lf-acme/cluster:log-stream:a'),
  },
  {
    name: 'open a repository to an outsider',
    action: 'ecr:SetRepositoryPolicy',
    resource: arn('ecr', 'repository/lf-acme/landfall/runner'),
  },
  { name: 'copy the registry elsewhere', action: 'ecr:PutReplicationConfiguration', resource: '*' },
  {
    name: 'share a snapshot',
    action: 'ec2:ModifySnapshotAttribute',
    resource: 'arn:aws:ec2:eu-central-1::snapshot/snap-0',
  },
  { name: 'share a resource with another account', action: 'ram:CreateResourceShare', resource: '*' },
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
