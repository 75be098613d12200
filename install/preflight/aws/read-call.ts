/** As much of the SDK's request as says what it asks for. */
export type WireRequest = {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
};

const isRead = /^(Describe|List|Get|Head|Simulate)[A-Z]/;

/** `service:Action` when the request reads and nothing else; undefined when it could write. Decided from the wire alone. */
export function readCallOf(request: WireRequest): string | undefined {
  const service =
    /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers['authorization'] ?? '')?.[1] ?? 'unknown';
  const action = actionOf(service, request);
  return action !== undefined && isRead.test(action) ? `${service}:${action}` : undefined;
}

function actionOf(service: string, request: WireRequest): string | undefined {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return target.split('.').at(-1);
  const rpc = /\/service\/[^/]+\/operation\/([^/?]+)$/.exec(request.path)?.[1];
  if (rpc !== undefined) return rpc;
  if (typeof request.body === 'string' && request.method === 'POST') {
    return new URLSearchParams(request.body).get('Action') ?? undefined;
  }
  // What is left are REST services, in which GET and HEAD read.
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  return service === 'eks'
    ? eksAction(request.path)
    : service === 's3'
      ? s3Action(request)
      : `Get${service.toUpperCase()}`;
}

function eksAction(path: string): string {
  const [first, , kind, name] = path.split('/').filter((part) => part !== '');
  if (first === 'cluster-versions') return 'DescribeClusterVersions';
  if (kind === 'addons' && name !== undefined) return 'DescribeAddon';
  return path.replace(/\/$/, '').endsWith('/clusters') ? 'ListClusters' : 'DescribeCluster';
}

function s3Action(request: WireRequest): string {
  if (request.method === 'HEAD') return 'HeadBucket';
  return 'tagging' in request.query ? 'GetBucketTagging' : 'ListBuckets';
}
