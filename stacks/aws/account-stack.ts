import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { type TerraformResource, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { AccountInputs } from '../inputs.ts';
import { type RoleKind, stateKeys } from '../names.ts';
import { boundaryStatements } from '../permissions/boundary.ts';
import { installRolePolicies } from '../permissions/install-role.ts';
import { productStatements, runnerRoleStatements } from '../permissions/runner-role.ts';
import { renderPolicy, type Statement } from '../permissions/statement.ts';
import { nodeStatements } from '../permissions/node-role.ts';
import { installTrust, runnerTrust, serviceTrust } from '../permissions/trust.ts';
import { addKeys } from './keys.ts';
import { LandfallStack } from './landfall-stack.ts';
import { addStateBucket } from './state-bucket.ts';

/** Applied by the customer's own admin; stays. Makes every role there is, so that nobody after it needs iam:CreateRole. */
export class AccountStack extends LandfallStack {
  private readonly roles: IamRole[] = [];

  constructor(scope: Construct, id: string, inputs: AccountInputs) {
    super(scope, id, inputs, inputs.backend, stateKeys.account);
    const keys = addKeys(this, this.names);
    addStateBucket(this, this.names, keys.state.arn);
    const boundary = this.policy('boundary', boundaryStatements(this.names));

    this.role('cluster', serviceTrust('eks.amazonaws.com'));
    this.attach('cluster', 'eks-cluster', `arn:${this.names.partition}:iam::aws:policy/AmazonEKSClusterPolicy`);
    this.role('node', serviceTrust('ec2.amazonaws.com'));
    for (const managed of ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy']) {
      this.attach('node', managed, `arn:${this.names.partition}:iam::aws:policy/${managed}`);
    }
    this.attach('node', 'pull', this.policy('node-pull', nodeStatements(inputs, this.names)).arn);

    this.role('runner', runnerTrust(inputs), boundary);
    this.attach('runner', 'own', this.policy('runner', runnerRoleStatements(inputs, this.names)).arn);
    if (inputs.productPermissions.length > 0) {
      const statements = productStatements(inputs, this.names, inputs.productPermissions);
      this.attach('runner', 'product', this.policy('product', statements).arn);
    }
    this.installRole(inputs, boundary);

    this.output('stateBucket', this.names.stateBucket);
    this.output('stateKeyArn', keys.state.arn);
    this.output('clusterKeyArn', keys.cluster.arn);
    for (const kind of ['install', 'runner', 'cluster', 'node'] as const) {
      this.output(`${kind}RoleArn`, this.names.roles[kind].arn);
    }
  }

  /** Exists only while `install_access` is open: the customer's next apply after the end does not bring it back. */
  private installRole(inputs: AccountInputs, boundary: IamPolicy): void {
    const access = new TerraformVariable(this, 'install_access', {
      type: 'string',
      default: 'open',
      description: 'open: the one-time install role exists. closed: it does not; set this when the install has ended.',
      validation: [
        { condition: '${contains(["open", "closed"], var.install_access)}', errorMessage: 'open or closed' },
      ],
    });
    const whileOpen = (resource: TerraformResource): void => {
      resource.addOverride('count', `\${var.${access.friendlyUniqueId} == "open" ? 1 : 0}`);
    };
    const role = this.role('install', installTrust(inputs), boundary);
    role.addOverride('max_session_duration', 3600);
    whileOpen(role);
    for (const [name, statements] of Object.entries(installRolePolicies(inputs, this.names, inputs.installExpiresAt))) {
      const policy = this.policy(`install-${name}`, statements);
      whileOpen(policy);
      whileOpen(this.attach('install', name, `\${aws_iam_policy.policy-install-${name}[0].arn}`));
    }
  }

  private role(kind: RoleKind, assumeRolePolicy: string, boundary?: IamPolicy): IamRole {
    const role = new IamRole(this, `role-${kind}`, {
      name: this.names.roles[kind].name,
      assumeRolePolicy,
      ...(boundary === undefined ? {} : { permissionsBoundary: boundary.arn }),
    });
    this.roles.push(role);
    return role;
  }

  private policy(name: string, statements: readonly Statement[]): IamPolicy {
    const policy = renderPolicy(name, statements);
    return new IamPolicy(this, `policy-${name}`, { name: `${this.names.prefix}-${name}`, policy });
  }

  private attach(kind: RoleKind, name: string, policyArn: string): IamRolePolicyAttachment {
    return new IamRolePolicyAttachment(this, `attach-${kind}-${name}`, {
      role: this.names.roles[kind].name,
      policyArn,
      // By hand: the role's name is a plain string here, so that no token is cut or counted wrongly.
      dependsOn: this.roles.filter((role) => role.node.id === `role-${kind}`),
    });
  }
}
