import { mkdir } from 'node:fs/promises';
import { LandfallError } from '../../contract/index.ts';
import type { Authority } from '../world/authority.ts';
import { accountId, region, strangerAccountId, vendorAccountId } from './account.ts';
import { addAgentAddress, agentAddress, removeAgentAddress } from './agent-address.ts';
import { BudgetAdditions } from './answers/budget-additions.ts';
import { Quotas } from './answers/quotas.ts';
import { VpnAdditions } from './answers/vpn-additions.ts';
import { BucketPolicies } from './bucket-policies.ts';
import { clusterNetwork } from './cluster-network.ts';
import { EcrRecords } from './ecr/records.ts';
import { type AccountRegistry, startAccountRegistry } from './ecr/registry.ts';
import { EcrTokens } from './ecr/tokens.ts';
import { type AttachedCluster, EksState, recordOf, textOf } from './eks/state.ts';
import { allGuards, type Guards } from './guards.ts';
import { IamAccount } from './iam-account.ts';
import { Keyring } from './identity/keyring.ts';
import type { Credentials } from './identity/principal.ts';
import { startMoto } from './moto.ts';
import { handleCall, type PipelineDependencies } from './pipeline.ts';
import { type RecordedCall, Recorder } from './recorder.ts';
import { ResourceFacts } from './resource-facts.ts';
import { ResourcePolicies } from './resource-policies.ts';
import { AnswerRewriter } from './rewrite-answer.ts';
import { type HttpServer, serve } from './server.ts';
import { type ServiceSession, serviceSession } from './service-session.ts';
import { Sts } from './sts.ts';
import { reviewToken } from './tokens/eks-token.ts';
import { podCredentials } from './tokens/pod-identity.ts';
import { type CloudRequest, type CloudResponse, jsonResponse, rawPath } from './wire/request.ts';

export type CloudOptions = {
  /** A folder of its own, for logs and the registry's content. */
  dir: string;
  /** Where everything listens: reachable from host, nodes and pods. */
  address: string;
  /** 0 or absent: a free one. */
  port?: number;
  say: (line: string) => void;
  ca: Authority;
  /** `moto_server` of the moto 5.2.5 virtual environment. */
  motoServerPath: string;
  /** CNCF distribution's `registry`. */
  registryPath: string;
  /** The bridge that `address` is on, if it is one and we are root: then the Pod Identity agent answers on 169.254.170.23 too. */
  bridge?: string;
  guards?: Partial<Guards>;
  now?: () => Date;
};

export type Cloud = {
  /** `AWS_ENDPOINT_URL` for everybody. */
  endpoint: string;
  region: string;
  accountId: string;
  /** Static keys of people, for dev and tests only; no product code gets them. */
  people: {
    customerAdmin: Credentials & { arn: string };
    vendorInstaller: Credentials & { arn: string };
    stranger: Credentials & { arn: string };
  };
  /** The real cluster that every EKS cluster stands for, or only the named one. */
  attachCluster(cluster: AttachedCluster, name?: string): void;
  /** A quota of the account; without it, AWS's default for a new account. */
  setQuota(service: string, code: string, value: number): void;
  /** EKS updates stay InProgress from now on, until `finishUpdates` carries them out, or lets them fail with a message. */
  holdUpdates(): void;
  finishUpdates(failure?: string): void;
  /** For the API server's `--authentication-token-webhook-config-file`; answers before `attachCluster` too. `/<cluster>` behind it: for that EKS cluster alone. */
  tokenWebhookUrl: string;
  registry: Pick<AccountRegistry, 'host' | 'requests' | 'stop' | 'start'>;
  /**
   * For AWS_CONTAINER_CREDENTIALS_FULL_URI: `url` in pods, `hostUrl` for processes of this machine. AWS SDKs take plain
   * HTTP only from loopback and the agent's own address. The endpoint answers on `/v1/credentials` too.
   */
  podIdentity: { url: string; hostUrl: string };
  /** A registry password as a node of the cluster's node group gets it. Refused while there is none, or its role is gone. */
  nodePullCredentials(): Promise<{ username: string; password: string }>;
  /**
   * What a service gives a job of this account: credentials of the role, if the role trusts the service, for the job named
   * by `sourceArn` (conditions on aws:SourceArn and aws:SourceAccount are obeyed). Recorded as sts:AssumeRole.
   */
  serviceSession(service: string, roleArn: string, options: { sourceArn: string }): Promise<ServiceSession>;
  /** Every call that reached the account, in the order in which it was answered. */
  recording(): RecordedCall[];
  /** Calls from now on carry this name; undefined: none. */
  mark(name: string | undefined): void;
  stop(): Promise<void>;
};

const webhookPath = '/_landfall/token-webhook';
const credentialsPath = '/v1/credentials';

/** Starts one AWS account on this machine. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { address, dir } = options;
  const now = options.now ?? (() => new Date());
  const guards = { ...allGuards, ...options.guards };
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const undo of stops.splice(0).toReversed()) await undo();
  };
  try {
    await mkdir(dir, { recursive: true });
    const moto = await startMoto({ motoServerPath: options.motoServerPath, dir });
    stops.push(() => moto.stop());
    const keyring = new Keyring();
    const iam = new IamAccount(moto.endpoint);
    const recorder = new Recorder(now);
    const sts = new Sts({ iam, keyring, guards, now });
    const eks = new EksState({ now, network: clusterNetwork(moto) });
    const records = new EcrRecords(moto);
    const quotas = new Quotas();
    const bucketPolicies = new BucketPolicies();
    const resources = new ResourcePolicies(moto, bucketPolicies);
    let registry: AccountRegistry | undefined;
    const ecr = new EcrTokens({ iam, resources, guards, now, registryHost: () => registry?.host ?? '' });
    registry = await startAccountRegistry({
      dir,
      address,
      ca: options.ca,
      registryPath: options.registryPath,
      tokens: ecr,
      records,
      guards,
      now,
    });
    const started = registry;
    stops.push(() => started.stop());

    const deps: PipelineDependencies = {
      keyring,
      iam,
      sts,
      eks,
      ecr,
      records,
      registry: started,
      moto,
      rewriter: new AnswerRewriter(() => started.host),
      quotas,
      budgets: new BudgetAdditions(),
      vpn: new VpnAdditions(),
      facts: new ResourceFacts({ moto, iam, eks }),
      resources,
      bucketPolicies,
      recorder,
      guards,
      now,
    };
    let endpoint = '';
    const handle = async (request: CloudRequest): Promise<CloudResponse> => {
      const path = rawPath(request);
      if (path === webhookPath || path.startsWith(`${webhookPath}/`)) {
        const cluster = path === webhookPath ? undefined : path.slice(webhookPath.length + 1);
        const body = request.body.toString('utf8');
        return jsonResponse(await reviewToken(body, { ...deps, endpoint: () => endpoint }, cluster));
      }
      // No bucket can have this name: two letters are too few.
      if (path === credentialsPath) return podCredentials(request.headers['authorization'], deps);
      return (await handleCall(request, deps)).response;
    };
    const server = await serve({ address, port: options.port ?? 0 }, handle, options.say);
    stops.push(() => server.stop());
    endpoint = `http://${address}:${server.port}`;
    const onLoopback = await serve({ address: '127.0.0.1', port: 0 }, answerPods(deps), options.say);
    stops.push(() => onLoopback.stop());
    const agent = options.bridge === undefined ? undefined : await startAgent(options.bridge, deps, options.say);
    if (agent !== undefined) stops.push(() => agent.stop());

    return {
      endpoint,
      region,
      accountId,
      people: people(keyring),
      attachCluster: (cluster, name) => {
        if (name === undefined) eks.attached = cluster;
        else eks.attachedByName.set(name, cluster);
      },
      setQuota: (service, code, value) => quotas.set(service, code, value),
      holdUpdates: () => eks.updates.hold(),
      finishUpdates: (failure) => eks.updates.finish(failure),
      tokenWebhookUrl: `${endpoint}${webhookPath}`,
      registry: started,
      podIdentity: {
        url: `${agent === undefined ? endpoint : `http://${agentAddress}`}${credentialsPath}`,
        hostUrl: `http://127.0.0.1:${onLoopback.port}${credentialsPath}`,
      },
      serviceSession: (service, roleArn, { sourceArn }) => serviceSession(service, roleArn, sourceArn, deps),
      nodePullCredentials: () => nodePullCredentials(deps),
      recording: () => recorder.calls(),
      mark: (name) => recorder.mark(name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function answerPods(deps: PipelineDependencies): (request: CloudRequest) => Promise<CloudResponse> {
  return (request) => podCredentials(request.headers['authorization'], deps);
}

async function startAgent(
  bridge: string,
  deps: PipelineDependencies,
  say: (line: string) => void,
): Promise<HttpServer> {
  await addAgentAddress(bridge);
  const server = await serve({ address: agentAddress, port: 80 }, answerPods(deps), say);
  return {
    port: server.port,
    async stop() {
      await server.stop();
      await removeAgentAddress(bridge);
    },
  };
}

function people(keyring: Keyring): Cloud['people'] {
  const person = (
    arn: string,
    account: string,
    rights: 'everything' | 'assume-only',
  ): Credentials & { arn: string } => {
    const credentials = keyring.addPerson({ kind: 'person', arn, account, userId: `AIDA${account}`, rights });
    const role = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
    return { ...credentials, arn: role === null ? arn : `arn:aws:iam::${role[1]}:role/${role[2]}` };
  };
  return {
    customerAdmin: person(`arn:aws:iam::${accountId}:user/admin`, accountId, 'everything'),
    vendorInstaller: person(
      `arn:aws:sts::${vendorAccountId}:assumed-role/landfall-installer/install`,
      vendorAccountId,
      'assume-only',
    ),
    stranger: person(`arn:aws:iam::${strangerAccountId}:user/stranger`, strangerAccountId, 'assume-only'),
  };
}

/** As a node does it: its role's session asks ECR for a token. */
async function nodePullCredentials({
  eks,
  sts,
  ecr,
  iam,
}: PipelineDependencies): Promise<{ username: string; password: string }> {
  const roles = [...eks.clusters.values()].flatMap((cluster) => [
    ...[...cluster.nodeGroups.values()].map((group) => textOf(group['nodeRole'])),
    textOf(recordOf(cluster.shown['computeConfig'])['nodeRoleArn']),
  ]);
  const roleArn = roles.find((role) => role !== '') ?? '';
  if (roleArn === '' || (await iam.role(roleArn.split('/').at(-1) ?? '')) === undefined) {
    throw new LandfallError('LF-DEV-103', 'the account has no node group whose role exists, so no node can pull');
  }
  const { session } = await sts.assumeForService('ec2.amazonaws.com', roleArn, 'i-0123456789abcdef0');
  const { username, password } = ecr.issue(session);
  return { username, password };
}
