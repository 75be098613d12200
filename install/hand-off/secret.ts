import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { installNames, runnerIdentity } from '../../stacks/index.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';
import type { InstallContext } from '../context.ts';
import { clientOptions } from '../identity.ts';
import type { HandOffRequest } from './request.ts';
import { handOffSecretName } from './values.ts';

/** Namespace and the one Secret that the runner starts from. Applied again, it brings a token not spent yet. */
export async function applyHandOffSecret(
  context: InstallContext,
  request: HandOffRequest,
  api: ClusterApi,
): Promise<void> {
  const { namespace } = runnerIdentity;
  await api.apply(`/api/v1/namespaces/${namespace}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const { credentials } = request.vendorRegistry;
  await api.apply(`/api/v1/namespaces/${namespace}/secrets/${handOffSecretName}`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: handOffSecretName, namespace },
    type: 'Opaque',
    stringData: {
      'join-token': await request.joinToken(),
      'probe-url': await probeUrl(context, request),
      'vendor-registry-username': credentials?.username ?? '',
      'vendor-registry-password': credentials?.password ?? '',
    },
  });
}

/**
 * Signed by the install session, lists no object and ends with the session: by asking it the runner sees whether sessions
 * older than the end are really refused.
 */
async function probeUrl(context: InstallContext, request: HandOffRequest): Promise<string> {
  const s3 = new S3Client(clientOptions(context, request.region, request.session.credentials));
  try {
    const list = new ListObjectsV2Command({ Bucket: installNames(request).stateBucket, MaxKeys: 0 });
    const left = Math.floor((request.session.expiresAt.getTime() - context.clock.now().getTime()) / 1000);
    return await getSignedUrl(s3, list, { expiresIn: Math.max(60, left), signingDate: context.clock.now() });
  } finally {
    s3.destroy();
  }
}
