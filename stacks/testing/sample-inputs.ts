import type { AccountInputsGiven, KubernetesInputsGiven } from '../inputs.ts';
import type { BaseInputsGiven } from '../base-inputs.ts';
import type { StackRequest } from '../request.ts';

const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };

const account: AccountInputsGiven = {
  ...place,
  installPrincipal: {
    kind: 'vendor',
    arn: 'arn:aws:iam::999999999999:role/landfall-installer',
    externalId: 'a-random-external-id-0123456789',
  },
  installExpiresAt: '2030-01-31T12:00:00.000Z',
};
const base: BaseInputsGiven = place;
const kubernetes: KubernetesInputsGiven = {
  ...place,
  chart: { repository: 'oci://registry.example/landfall/charts', version: '1.0.0' },
  values: { install: { id: 'acme' } },
};
export const sampleInputs = { account, base, kubernetes };

const productPermissions = [
  {
    sid: 'EventsBucket',
    actions: ['s3:CreateBucket', 's3:GetBucket*', 's3:PutBucketVersioning'],
    resources: ['arn:${partition}:s3:::${prefix}-events'],
    reason: "The product's event store",
  },
];

/** One request per stack, as the golden files hold them. */
export const sampleRequests: { [Stack in StackRequest['stack']]: Extract<StackRequest, { stack: Stack }> } = {
  account: { stack: 'account', productPermissions },
  base: { stack: 'base' },
  kubernetes: { stack: 'kubernetes', inputs: kubernetes },
};
