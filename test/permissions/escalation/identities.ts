import { admin, adminPolicy, type EscalationPath, iam, passedTo, roles } from './escalation-path.ts';

/** Roles handed on, policies widened, identities made. */
export const identityPaths: readonly EscalationPath[] = [
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
];
