import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { LandfallError } from '../../contract/index.ts';
import { installNames, type Place } from '../../stacks/index.ts';
import { type AwsRefusal, causeOf, refusalOf } from '../aws-error.ts';
import { type Cluster, createClusterApi, reasonOf } from '../cluster/cluster-api.ts';
import { createEksToken } from '../cluster/eks-token.ts';
import type { AwsCredentials, InstallContext, InstallSession } from '../context.ts';
import { assumeInstallRole, clientOptions } from '../identity.ts';

export type EndRequest = Place & {
  /** The session that installed. */
  session: InstallSession;
  cluster: Cluster;
  /** The vendor's own credentials and ExternalId: a new session must be refused, too. */
  vendor?: { credentials: AwsCredentials; externalId: string };
  timeoutMs?: number;
};

/** Word for word what AWS and the cluster say to the old access. */
export type EndProof = {
  awsCalls: { call: string; refusal: AwsRefusal }[];
  kubernetes: { call: string; status: number; message: string };
  assumeRole?: string;
};

const betweenLooksMs = 500;

/**
 * Tries the old access again and again until every door is shut (IAM is eventually consistent), then returns the refusals.
 * It asks from outside with what the install really held; what the runner reports plays no part.
 */
export async function proveEnd(context: InstallContext, request: EndRequest): Promise<EndProof> {
  context.say({
    step: 'end',
    state: 'started',
    text: 'trying the old session and the old cluster token until both are refused',
  });
  const deadline = context.clock.now().getTime() + (request.timeoutMs ?? 180_000);
  for (;;) {
    const { proof, open } = await tryEveryDoor(context, request);
    if (proof !== undefined) {
      context.say({ step: 'end', state: 'done', text: 'the old session and the old cluster token are refused' });
      return proof;
    }
    if (context.clock.now().getTime() > deadline) {
      throw new LandfallError('LF-INSTALL-006', `still open with the install role's old access: ${open.join(', ')}`);
    }
    await context.clock.sleep(betweenLooksMs, context.signal);
  }
}

async function tryEveryDoor(
  context: InstallContext,
  request: EndRequest,
): Promise<{ proof?: EndProof; open: string[] }> {
  const open: string[] = [];
  const awsCalls: EndProof['awsCalls'] = [];
  for (const { call, send } of awsDoors(context, request)) {
    const refusal = await refusalFrom(send);
    if (refusal === undefined) open.push(call);
    else awsCalls.push({ call, refusal });
  }
  const kubernetes = await tryCluster(context, request);
  if (kubernetes.status !== 401) open.push(`${kubernetes.call} (${kubernetes.status})`);
  const assumeRole = await tryAssume(context, request);
  if (assumeRole === 'open') open.push('sts:AssumeRole');
  if (open.length > 0) return { open };
  return { open, proof: { awsCalls, kubernetes, ...(assumeRole === undefined ? {} : { assumeRole }) } };
}

/** Calls that the install role was allowed while it lived, on two services. */
function awsDoors(context: InstallContext, request: EndRequest): { call: string; send: () => Promise<unknown> }[] {
  const names = installNames(request);
  const options = clientOptions(context, request.region, request.session.credentials);
  return [
    {
      call: `s3:ListBucket on ${names.stateBucket}`,
      send: () => {
        const s3 = new S3Client(options);
        const list = new ListObjectsV2Command({ Bucket: names.stateBucket, MaxKeys: 1 });
        return s3.send(list).finally(() => s3.destroy());
      },
    },
    {
      call: `iam:GetRole on ${names.roles.runner.name}`,
      send: () => {
        const iam = new IAMClient(options);
        return iam.send(new GetRoleCommand({ RoleName: names.roles.runner.name })).finally(() => iam.destroy());
      },
    },
  ];
}

/** A refusal of rights, not just any failure: no connection or a 5xx proves nothing, and neither does a session that ran out. */
async function refusalFrom(send: () => Promise<unknown>): Promise<AwsRefusal | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined && /^(Expired|RequestExpired)/.test(refusal.name)) {
      const message =
        'the session of the install role ran out by itself before it was refused, so its refusal proves nothing';
      throw new LandfallError('LF-INSTALL-006', message, { cause: causeOf(refusal) });
    }
    return refusal?.status === 403 ? refusal : undefined;
  }
}

/** A token made now from the old session: the access entry is what shut the door, not the token's age. */
async function tryCluster(context: InstallContext, request: EndRequest): Promise<EndProof['kubernetes']> {
  const token = await createEksToken({
    clock: context.clock,
    clusterName: installNames(request).cluster,
    region: request.region,
    credentials: request.session.credentials,
    ...(context.awsEndpointUrl === undefined ? {} : { awsEndpointUrl: context.awsEndpointUrl }),
  });
  const path = '/api/v1/namespaces';
  const call = `GET ${path}`;
  const api = createClusterApi(request.cluster, () => Promise.resolve(token), context.wayOut);
  try {
    const answer = await api.ask('GET', path);
    return { call, status: answer.status, message: reasonOf(answer.body) };
  } catch (error) {
    if (!(error instanceof LandfallError) || !error.temporary) throw error;
    return { call, status: 0, message: error.message };
  } finally {
    await api.close();
  }
}

async function tryAssume(context: InstallContext, request: EndRequest): Promise<string | undefined> {
  const { vendor, installId, accountId, region } = request;
  if (vendor === undefined) return undefined;
  try {
    await assumeInstallRole({ ...context, say: () => {} }, { installId, accountId, region, ...vendor });
    return 'open';
  } catch (error) {
    const refused =
      error instanceof LandfallError && error.code === 'LF-INSTALL-002' && error.details['status'] === 403;
    // Throttled, or no connection: neither yes nor no, so it is asked again.
    return refused ? error.message : 'open';
  }
}
