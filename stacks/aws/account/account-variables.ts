import type { Variable } from '../variable.ts';
import { choice, sharedVariables } from '../shared-variables.ts';

export const accountModuleVariables: Readonly<Record<string, Variable>> = {
  ...sharedVariables,
  install_principal_kind: choice(
    'install_principal_kind',
    ['vendor', 'codebuild'],
    'vendor',
    'Who may assume the install role. vendor: one principal outside, with an ExternalId. codebuild: the one-shot job in this account.',
  ),
  vendor_principal_arn: {
    type: 'string',
    default: '',
    description: 'Kind vendor: the one role or user that may assume the install role.',
    valid: [
      'var.vendor_principal_arn == "" || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[a-zA-Z0-9_+=,.@/-]+$", var.vendor_principal_arn))',
      'expected the ARN of one role or user',
    ],
  },
  external_id: {
    type: 'string',
    default: '',
    description: "Kind vendor: random, from the vendor's control plane.",
    valid: [
      'var.external_id == "" || can(regex("^[a-zA-Z0-9_+=,.@:/-]{16,256}$", var.external_id))',
      'expected at least 16 characters',
    ],
  },
  bootstrap_project: {
    type: 'string',
    default: '',
    description: 'Kind codebuild: the name of the project.',
    valid: ['can(regex("^([A-Za-z0-9][a-zA-Z0-9_-]{1,254})?$", var.bootstrap_project))', 'expected a project name'],
  },
  install_expires_at: {
    type: 'string',
    description: 'After this instant (2030-01-31T12:00:00Z) the install role can neither be assumed nor used.',
    valid: ['can(regex("Z$", var.install_expires_at)) && can(timeadd(var.install_expires_at, "0s"))', 'expected UTC'],
  },
  teardown_access: choice(
    'teardown_access',
    ['open', 'closed'],
    'closed',
    'open: a role for the removal of the install exists, for people of this account.',
  ),
  permissions_boundary_arn: {
    type: 'string',
    default: '',
    description:
      "The account's own boundary for roles. It is put on every role; what ours denies is then attached as a policy.",
    valid: [
      'var.permissions_boundary_arn == "" || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[a-zA-Z0-9_+=,.@/-]+$", var.permissions_boundary_arn))',
      'expected the ARN of a policy',
    ],
  },
  census: {
    type: 'bool',
    default: true,
    description: 'Whether the runner may read who has access to the account, for the seal.',
  },
};
