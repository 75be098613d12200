import { installNames } from '../../stacks/index.ts';
import { type AccountDefaults, accountTemplate, bootstrapTemplate, type Template } from '../index.ts';

const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };
const names = installNames(place);

export const accountDefaults: AccountDefaults = {
  installId: place.installId,
  namePrefix: names.prefix,
  clusterName: names.cluster,
  principal: { kind: 'codebuild', project: `${names.prefix}-bootstrap` },
  installExpiresAt: '2030-01-31T12:00:00.000Z',
  mode: 'full',
  nodeProfile: 'node-groups',
  permissionsBoundaryArn: '',
  stateKmsKeyArn: '',
  clusterKmsKeyArn: '',
  census: true,
};

export const productPermissions = [
  {
    sid: 'EventsBucket',
    actions: ['s3:CreateBucket', 's3:GetBucket*', 's3:PutBucketVersioning'],
    resources: ['arn:${partition}:s3:::${prefix}-events'],
    reason: "The product's event store",
  },
];

/** What the job is told, as an install file gives it (install/bootstrap/job-file.ts). */
const jobFile = {
  file: {
    install: 'acme',
    product: 'streaming',
    account: place.accountId,
    region: place.region,
    access: { project: 'lf-acme-bootstrap', expiresAt: '2030-01-31T12:00:00.000Z' },
    controlPlane: { url: 'https://control-plane.example' },
    vendorRegistry: { host: 'registry.example' },
    runner: {
      image: { repository: 'landfall/runner', digest: `sha256:${'1'.repeat(64)}` },
      chart: { repository: 'landfall/charts/runner', digest: `sha256:${'2'.repeat(64)}` },
    },
    trust: { releaseKeyFiles: ['release.pem'], desiredStateKeyFiles: ["the control plane's.pem"] },
  },
  texts: {
    'release.pem': '-----BEGIN PUBLIC KEY-----\n...',
    "the control plane's.pem": '-----BEGIN PUBLIC KEY-----\n...',
  },
};

/** One of each, as the golden files hold them. */
export const sampleTemplates: Record<'landfall-account' | 'landfall-bootstrap', () => Template> = {
  'landfall-account': () => accountTemplate(accountDefaults, productPermissions),
  'landfall-bootstrap': () =>
    bootstrapTemplate(jobFile, {
      namePrefix: names.prefix,
      image: `registry.example/landfall/bootstrap@sha256:${'3'.repeat(64)}`,
    }),
};
