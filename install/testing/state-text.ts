/** A Terraform state as far as it says whose it is: a role and a bucket, tagged as both stacks tag everything. */
export function stateText(...owners: readonly { installId: string; accountId: string }[]): string {
  const resource = (type: string, name: string, attributes: object): object => ({
    mode: 'managed',
    type,
    name,
    provider: 'provider["registry.opentofu.org/hashicorp/aws"]',
    instances: [{ attributes }],
  });
  const resources = owners.flatMap(({ installId, accountId }) => {
    const tags_all = { 'landfall:install': installId };
    const bucket = `lf-${installId}-${accountId}-state`;
    return [
      resource('aws_iam_role', installId, { arn: `arn:aws:iam::${accountId}:role/lf-${installId}-runner`, tags_all }),
      resource('aws_s3_bucket', installId, { arn: `arn:aws:s3:::${bucket}`, id: bucket, tags_all }),
      resource('aws_iam_role_policy', installId, { id: `lf-${installId}-runner:inline` }),
    ];
  });
  return JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources });
}
