/* oxlint-disable no-new -- a construct adds itself to its scope */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { TerraformBackend, TerraformOutput, type TerraformRemoteState, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { FilledIn } from '../request.ts';
import { list, text } from './expressions.ts';
import type { Variable } from './variable.ts';

/** Written out in full: a short source means another registry to OpenTofu than to Terraform, and the state names the source. */
export const awsProviderSource = 'registry.opentofu.org/hashicorp/aws';
export const awsProviderVersion = '5.100.0';

/**
 * A module of ours: the same bytes for every install. Pinned provider that refuses another account, an S3 backend that only
 * lacks its place, tags, outputs under plain names.
 */
export abstract class ModuleStack extends TerraformStack {
  private readonly filledIn: FilledIn | undefined;

  constructor(scope: Construct, id: string, filledIn?: FilledIn) {
    super(scope, id);
    this.filledIn = filledIn;
    new ModuleBackend(this, filledIn?.backend);
    const provider = new AwsProvider(this, 'aws', {
      region: text('var.region'),
      allowedAccountIds: list('[var.account_id]'),
    });
    provider.addOverride('default_tags', [{ tags: text('local.tags') }]);
    this.addOverride('terraform.required_providers.aws', { source: awsProviderSource, version: awsProviderVersion });
  }

  protected variables(variables: Readonly<Record<string, Variable>>): void {
    for (const [name, { type, description, valid, ...rest }] of Object.entries(variables)) {
      const given = this.filledIn?.variables[name];
      const value = given === undefined ? rest.default : given;
      new TerraformVariable(this, name, {
        type,
        description,
        nullable: false,
        ...(value === undefined ? {} : { default: value }),
        ...(valid === undefined ? {} : { validation: [{ condition: text(valid[0]), errorMessage: valid[1] }] }),
      });
    }
  }

  /** Expressions without their `${}`. */
  protected locals(locals: Readonly<Record<string, string>>): void {
    for (const [name, expression] of Object.entries(locals)) this.addOverride(`locals.${name}`, text(expression));
  }

  protected outputs(outputs: Readonly<Record<string, string>>): void {
    for (const [name, expression] of Object.entries(outputs)) {
      new TerraformOutput(this, `output_${name}`, { value: text(expression) }).overrideLogicalId(name);
    }
  }
}

/**
 * S3 without a place (CDKTF's own binding wants one, and does not know `use_lockfile`: the lock is an object beside the
 * state, no DynamoDB). No `encrypt`: it would ask for AES256; without it the bucket's default applies, the install's KMS key.
 */
export class ModuleBackend extends TerraformBackend {
  private readonly place: FilledIn['backend'] | undefined;

  constructor(scope: Construct, place: FilledIn['backend'] | undefined) {
    super(scope, 'backend', place === 'local' ? 'local' : 's3');
    this.place = place;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    if (this.place === 'local') return { path: 'terraform.tfstate' };
    return { ...this.place, use_lockfile: true };
  }

  override getRemoteStateDataSource(): TerraformRemoteState {
    throw new Error('the modules read no state but their own');
  }
}
