/** A finding of a checker that we accept, and why. One that no checker reports any more fails the test: take it out. */
export type Exception = {
  checker: 'cfn-lint' | 'checkov';
  rule: string;
  /** What it is about, as the checker names it; several where the reason is the same. */
  resources: readonly string[];
  reason: string;
};

// checkov names some resources of Terraform JSON by `resource.<name>`, without their type.
const logGroups = {
  terraform: ['resource.cluster', 'resource.flow'],
  template: ['AWS::Logs::LogGroup.BuildLogs', 'AWS::Logs::LogGroup.StarterLogs'],
};
const starter = ['AWS::Lambda::Function.Starter'];
const boundary = ['AWS::IAM::ManagedPolicy.BoundaryPolicy'];

export const exceptions: readonly Exception[] = [
  {
    checker: 'cfn-lint',
    rule: 'W1031',
    resources: ['InstallRole'],
    reason:
      'The empty default of VendorPrincipalArn stands in the branch of InstallPrincipalKind vendor; the rule VendorIsNamed refuses that kind without a principal before anything is made.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_158',
    resources: [...logGroups.terraform, ...logGroups.template],
    reason:
      'CloudWatch encrypts every log group with a key of its own. A customer key would need a key policy that lets the logs service in; the two keys of the install keep AWS’s default policy, so that IAM alone decides.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_338',
    resources: logGroups.terraform,
    reason:
      'Ninety days by design; whoever must keep the audit log for a year sends it to their own store, which Landfall does not choose.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_18',
    resources: ['aws_s3_bucket.state-bucket', 'AWS::S3::Bucket.StateBucket'],
    reason:
      'Access logs need a second bucket, whose logs need a third; CloudTrail data events of the account do the same and are the customer’s choice.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_144',
    resources: ['aws_s3_bucket.state-bucket'],
    reason: 'States stay in the region that the customer chose. A lost state is rebuilt by `landfall install adopt`.',
  },
  {
    checker: 'checkov',
    rule: 'CKV2_AWS_61',
    resources: ['aws_s3_bucket.state-bucket'],
    reason:
      'Old versions of a state are how a damaged one is put right; they are a few hundred kilobytes, and nothing may delete them by itself.',
  },
  {
    checker: 'checkov',
    rule: 'CKV2_AWS_62',
    resources: ['aws_s3_bucket.state-bucket'],
    reason: 'Nobody waits for a notification: the runner reads its states when it acts.',
  },
  {
    checker: 'checkov',
    rule: 'CKV2_AWS_64',
    resources: ['aws_kms_key.state', 'aws_kms_key.cluster'],
    reason:
      'Without a policy in the configuration AWS’s default applies: the account’s IAM decides. The template writes the same default out.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_62',
    resources: ['resource.boundary'],
    reason:
      'It is a permissions boundary: it must allow what it does not deny, grants nothing, and no role may ever attach it (statement NoWiderRoles).',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_63',
    resources: ['resource.boundary'],
    reason: 'As for CKV_AWS_62: a boundary is a ceiling.',
  },
  ...['CKV_AWS_107', 'CKV_AWS_109', 'CKV_AWS_110', 'CKV_AWS_111'].map((rule): Exception => ({
    checker: 'checkov',
    rule,
    resources: boundary,
    reason:
      'As for CKV_AWS_62: the one Allow of a boundary grants nothing; its Deny statements take away exactly what this rule looks for.',
  })),
  {
    checker: 'checkov',
    rule: 'CKV_AWS_115',
    resources: starter,
    reason: 'A reserved concurrency would take it from the account’s own functions; it is called twice in its life.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_116',
    resources: starter,
    reason:
      'An answer that could not be delivered has nobody to read it later: CloudFormation gives up after an hour and says so.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_117',
    resources: starter,
    reason: 'There is no VPC yet when it starts the first run; it calls CodeBuild and CloudFormation’s callback only.',
  },
  {
    checker: 'checkov',
    rule: 'CKV2_AWS_12',
    resources: ['aws_vpc.vpc'],
    reason:
      'AWS makes the default security group without our tag. To empty it, the install role would need the right to empty any security group of the account. Nothing of ours uses it.',
  },
];
