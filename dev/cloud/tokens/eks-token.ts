import * as z from 'zod';
import { accountId } from '../account.ts';
import { handleCall, type PipelineDependencies } from '../pipeline.ts';
import type { CloudRequest } from '../wire/request.ts';
import { parseAmzDate, readSignature, signatureMatches } from '../wire/sigv4.ts';

const prefix = 'k8s-aws-v1.';
const lifetime = 15 * 60 * 1000;

const tokenReviewSchema = z.object({
  apiVersion: z.string(),
  kind: z.literal('TokenReview'),
  spec: z.object({ token: z.string() }),
});

export type KubernetesUser = { username: string; uid: string; groups: string[] };

/** `endpoint`: where GetCallerIdentity must be aimed, or a token would be good for any host. */
type Dependencies = PipelineDependencies & { endpoint: () => string };

/**
 * The API server's webhook: an EKS token is a presigned GetCallerIdentity; the access entry says who that is.
 * `clusterName`: the cluster whose API server asks, where there are several.
 */
export async function reviewToken(body: string, deps: Dependencies, clusterName?: string): Promise<unknown> {
  const review = tokenReviewSchema.parse(JSON.parse(body));
  const user = await userOf(review.spec.token, deps, clusterName);
  const status = 'error' in user ? { authenticated: false, error: user.error } : { authenticated: true, user };
  return { apiVersion: review.apiVersion, kind: 'TokenReview', status };
}

async function userOf(
  token: string,
  deps: Dependencies,
  clusterName: string | undefined,
): Promise<KubernetesUser | { error: string }> {
  if (!token.startsWith(prefix)) return { error: 'not an EKS token' };
  const url = parseUrl(Buffer.from(token.slice(prefix.length), 'base64url').toString('utf8'));
  if (url === undefined || url.origin !== new URL(deps.endpoint()).origin)
    return { error: 'the token is not for this account’s STS' };
  if (url.pathname !== '/' || url.searchParams.get('Action') !== 'GetCallerIdentity')
    return { error: 'the token is not a GetCallerIdentity' };
  if (deps.eks.clusters.size === 0) return { error: 'the account has no cluster' };

  const requestFor = (cluster: string): CloudRequest => ({
    method: 'GET',
    target: `${url.pathname}${url.search}`,
    headers: { host: url.host, 'x-k8s-aws-id': cluster },
    body: Buffer.alloc(0),
  });
  const signature = readSignature(requestFor(''));
  if (signature?.service !== 'sts' || !signature.signedHeaders.includes('x-k8s-aws-id'))
    return { error: 'the cluster name is not signed' };
  const key = deps.keyring.find(signature.accessKeyId);
  // The API server knows which cluster it is; one that stands for several takes the name that was signed.
  const candidates = [...deps.eks.clusters.values()].filter(
    (one) => clusterName === undefined || one.name === clusterName,
  );
  const signedFor = candidates.find(
    ({ name }) => key !== undefined && signatureMatches(requestFor(name), signature, key.credentials.secretAccessKey),
  );
  const cluster = signedFor ?? candidates[0];
  if (cluster === undefined) return { error: `the account has no cluster ${clusterName}` };
  const request = requestFor(cluster.name);
  if (!(parseAmzDate(signature.amzDate) + lifetime > deps.now().getTime())) return { error: 'the token has expired' };

  const { response, principal } = await handleCall(request, deps);
  if (response.status !== 200 || principal === undefined)
    return { error: `STS refused the token with ${response.status}` };
  const principalArn = principal.kind === 'session' ? principal.roleArn : principal.arn;
  const entry = cluster.accessEntries.get(principalArn);
  const sessionName = principal.kind === 'session' ? principal.sessionName : '';
  if (entry === undefined) {
    if (deps.guards.accessEntries) return { error: `no access entry for ${principalArn}` };
    return { username: principal.arn, uid: principal.userId, groups: ['eks:cluster-admin'] };
  }
  return {
    username: entry.userName.replaceAll('{{SessionName}}', sessionName).replaceAll('{{AccountID}}', accountId),
    uid: `aws-iam-authenticator:${accountId}:${principal.userId.split(':')[0]}`,
    groups: [...entry.groups, ...[...entry.policies].map(([arn, policy]) => groupOf(arn, policy['accessScope']))],
  };
}

const scopeSchema = z.object({ type: z.string(), namespaces: z.array(z.string()).optional() });

/** EKS authorizes by access policies itself; here each becomes a group, and the world binds `eks:cluster-admin` only. */
function groupOf(policyArn: string, scope: unknown): string {
  const name = policyArn.split('/').at(-1) ?? '';
  const isWhole = scopeSchema.safeParse(scope).data?.type === 'cluster';
  return name === 'AmazonEKSClusterAdminPolicy' && isWhole ? 'eks:cluster-admin' : `eks:access-policy:${name}`;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
