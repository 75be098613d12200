import type { StackRequest } from '../synthesise.ts';

const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };

/** One request per stack, as the golden files hold them. */
export const sampleRequests: { [Stack in StackRequest['stack']]: Extract<StackRequest, { stack: Stack }> } = {
  account: {
    stack: 'account',
    inputs: {
      ...place,
      vendorPrincipalArn: 'arn:aws:iam::999999999999:role/landfall-installer',
      externalId: 'a-random-external-id-0123456789',
      installExpiresAt: '2030-01-31T12:00:00.000Z',
      productPermissions: [
        {
          sid: 'EventsBucket',
          actions: ['s3:CreateBucket', 's3:GetBucket*', 's3:PutBucketVersioning'],
          resources: ['arn:${partition}:s3:::${prefix}-events'],
          reason: "The product's event store",
        },
      ],
    },
  },
  base: { stack: 'base', inputs: place },
  kubernetes: {
    stack: 'kubernetes',
    inputs: {
      ...place,
      chart: { repository: 'oci://registry.example/landfall/charts', version: '1.0.0' },
      values: { install: { id: 'acme' } },
    },
  },
};
