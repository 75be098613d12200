/* oxlint-disable no-new -- a construct adds itself to its scope */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Backend } from '../inputs.ts';
import { type InstallNames, installNames, type Place } from '../names.ts';

/** Written out in full: a short source means another registry to OpenTofu than to Terraform, and the state names the source. */
export const awsProviderSource = 'registry.opentofu.org/hashicorp/aws';
export const awsProviderVersion = '5.100.0';

/** What every stack of ours has: backend, pinned provider that refuses another account, tags, outputs under plain names. */
export abstract class LandfallStack extends TerraformStack {
  protected readonly names: InstallNames;

  constructor(scope: Construct, id: string, place: Place, backend: Backend, defaultKey: string) {
    super(scope, id);
    this.names = installNames(place);
    addBackend(this, backend, { bucket: this.names.stateBucket, key: defaultKey, region: place.region });
    new AwsProvider(this, 'aws', {
      region: place.region,
      allowedAccountIds: [place.accountId],
      defaultTags: [{ tags: { 'landfall:install': place.installId } }],
    });
    this.addOverride('terraform.required_providers.aws', { source: awsProviderSource, version: awsProviderVersion });
  }

  protected output(name: string, value: string | string[]): void {
    new TerraformOutput(this, `output_${name}`, { value }).overrideLogicalId(name);
  }
}

/**
 * `use_lockfile`: the lock is an object beside the state, no DynamoDB (S3Backend does not know it yet). No `encrypt`:
 * it would ask for AES256; without it the bucket's default applies, which is the install's KMS key.
 */
export function addBackend(
  stack: TerraformStack,
  backend: Backend,
  defaults: { bucket: string; key: string; region: string },
): void {
  if (backend.kind === 'local') {
    new LocalBackend(stack, { path: 'terraform.tfstate' });
    return;
  }
  new S3Backend(stack, {
    bucket: backend.bucket ?? defaults.bucket,
    key: backend.key ?? defaults.key,
    region: defaults.region,
  });
  stack.addOverride('terraform.backend.s3.use_lockfile', true);
}
