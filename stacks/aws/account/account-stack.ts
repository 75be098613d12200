/* oxlint-disable no-new -- a construct adds itself to its scope */
import type { Construct } from 'constructs';
import type { Permission } from '../../../contract/index.ts';
import type { FilledIn } from '../../request.ts';
import { ModuleStack } from '../module-stack.ts';
import { sharedLocals } from '../shared-variables.ts';
import { accountModuleVariables } from './account-variables.ts';
import { addKeys } from './keys.ts';
import { addRoles } from './roles.ts';
import { addStateBucket } from './state-bucket.ts';

/** Applied by the customer's own admin; stays. Makes every role there is, so that nobody after it needs iam:CreateRole. */
export class AccountStack extends ModuleStack {
  constructor(scope: Construct, id: string, productPermissions: readonly Permission[], filledIn?: FilledIn) {
    super(scope, id, filledIn);
    this.variables(accountModuleVariables);
    this.locals(sharedLocals);
    this.locals({ state_bucket: '"${local.prefix}-${var.account_id}-state"' });
    this.locals(addKeys(this).locals);
    addStateBucket(this);
    this.locals(addRoles(this, productPermissions).locals);

    const role = (kind: string): string =>
      `"arn:\${local.partition}:iam::\${var.account_id}:role/\${local.prefix}-${kind}"`;
    this.outputs({
      stateBucket: 'aws_s3_bucket.state-bucket.bucket',
      stateKeyArn: 'local.state_key_arn',
      clusterKeyArn: 'local.cluster_key_arn',
      installRoleArn: role('install'),
      runnerRoleArn: 'aws_iam_role.runner.arn',
      upgradeRoleArn: 'aws_iam_role.upgrade.arn',
      clusterRoleArn: role('cluster'),
      nodeRoleArn: role('node'),
      teardownRoleArn: role('teardown'),
      nodePullPolicyArn: 'aws_iam_policy.policy-node-pull.arn',
    });
  }
}
