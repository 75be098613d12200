import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arn } from '../account.ts';
import type { Authority } from '../../world/authority.ts';
import {
  type FrontDecision,
  type FrontRecord,
  type FrontRequest,
  startRegistryFront,
} from '../../world/registry-front.ts';
import type { Guards } from '../guards.ts';
import { startLoopbackProcess } from '../loopback-process.ts';
import type { Check } from '../policy/evaluate.ts';
import type { EcrRecords } from './records.ts';
import type { EcrTokens } from './tokens.ts';

export type AccountRegistry = {
  /** `address:port`, as in repository URIs. */
  host: string;
  requests(): readonly FrontRecord[];
  /** Drops a repository's content, when ECR deletes the repository. */
  forget(repository: string): Promise<void>;
  /** Nothing answers on its port afterwards; `start` brings it back under the same host with its content. */
  stop(): Promise<void>;
  start(): Promise<void>;
};

type Options = {
  dir: string;
  address: string;
  ca: Authority;
  registryPath: string;
  tokens: EcrTokens;
  records: EcrRecords;
  guards: Guards;
  now: () => Date;
};

/** The account's ECR registry: CNCF distribution, behind a front that knows ECR's repositories, tokens and rules. */
export async function startAccountRegistry(options: Options): Promise<AccountRegistry> {
  const storage = join(options.dir, 'ecr');
  const config = join(options.dir, 'ecr.yaml');
  await mkdir(storage, { recursive: true });
  const certificate = await options.ca.issue({ commonName: 'ecr', hosts: [options.address], usage: 'server' });
  const records: FrontRecord[] = [];

  const begin = async (port: number) => {
    const distribution = await startLoopbackProcess({
      name: 'the account’s registry',
      async command(upstream) {
        await writeFile(config, distributionConfig(storage, upstream));
        return { file: options.registryPath, args: ['serve', config] };
      },
      env: { PATH: '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none' },
      logPath: join(options.dir, 'ecr.log'),
      readyPath: '/v2/',
      timeoutMs: 30_000,
    });
    options.records.setUpstream(distribution.port);
    const front = await startRegistryFront({
      address: options.address,
      port,
      certificate,
      upstream: { host: '127.0.0.1', port: distribution.port },
      authorize: (request) => authorize(request, options),
      now: options.now,
    });
    return { distribution, front };
  };

  const first = await begin(0);
  const { host, port } = first.front;
  let running: typeof first | undefined = first;
  return {
    host,
    requests: () => [...records, ...(running?.front.requests() ?? [])],
    forget: (repository) =>
      rm(join(storage, 'docker/registry/v2/repositories', repository), { recursive: true, force: true }),
    async stop() {
      const stopping = running;
      running = undefined;
      await stopping?.front.stop();
      await stopping?.distribution.stop();
      records.push(...(stopping?.front.requests() ?? []));
    },
    async start() {
      running ??= await begin(port);
    },
  };
}

function distributionConfig(storage: string, port: number): string {
  return [
    'version: 0.1',
    'log: {level: warn}',
    'storage:',
    `  filesystem: {rootdirectory: ${JSON.stringify(storage)}}`,
    '  delete: {enabled: true}',
    `http: {addr: "127.0.0.1:${port}"}`,
    '',
  ].join('\n');
}

const refuse = (status: number, code: string, message: string): FrontDecision => ({
  allow: false,
  status,
  code,
  message,
});

async function authorize(request: FrontRequest, options: Options): Promise<FrontDecision> {
  const principal = await options.tokens.holder(request.credentials);
  if (principal === undefined) return { allow: false, challenge: `https://${options.tokens.registryHost()}/` };
  const { action, method } = request;
  if (action.kind === 'ping') return { allow: true };
  if (!('repository' in action)) return refuse(404, 'UNSUPPORTED', 'ECR does not serve this path.');
  const check: Check = { action: rightFor(request), resource: arn('ecr', `repository/${action.repository}`) };
  const denied = await options.tokens.mayDo(principal, check);
  if (denied !== undefined) return refuse(403, 'DENIED', denied);
  const repository = await options.records.repository(action.repository);
  if (repository === undefined && options.guards.repositories) {
    return refuse(
      404,
      'NAME_UNKNOWN',
      `The repository with name '${action.repository}' does not exist in the registry with id '123456789012'`,
    );
  }
  if (method === 'DELETE' && action.kind !== 'upload')
    return refuse(405, 'UNSUPPORTED', 'ECR deletes images by BatchDeleteImage only.');
  // Mounting from another repository is off in ECR unless the account asks for it; the client then uploads.
  if (action.kind === 'upload' && request.query.has('mount')) {
    request.query.delete('mount');
    request.query.delete('from');
  }
  if (action.kind !== 'manifest' || method !== 'PUT') return { allow: true };
  return putManifest(request, action.repository, action.reference, repository?.immutable ?? false, options);
}

async function putManifest(
  request: FrontRequest,
  repository: string,
  reference: string,
  immutable: boolean,
  options: Options,
): Promise<FrontDecision> {
  const body = await request.body();
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const isTag = !reference.startsWith('sha256:');
  if (isTag && immutable && (await options.records.digestOf(repository, reference)) !== undefined) {
    return refuse(
      400,
      'TAG_INVALID',
      `The image tag '${reference}' already exists in the '${repository}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
  options.records.expect(repository, {
    digest,
    ...(isTag ? { tag: reference } : {}),
    body,
    mediaType: request.headers['content-type'] ?? '',
  });
  return { allow: true };
}

/** The right ECR asks for. */
function rightFor({ action, method }: FrontRequest): string {
  const reading = method === 'GET' || method === 'HEAD';
  switch (action.kind) {
    case 'manifest':
      return reading ? 'ecr:BatchGetImage' : 'ecr:PutImage';
    case 'blob':
      // A push asks by HEAD which layers are there; AWS's policy for pushing has no right to download.
      return method === 'HEAD' ? 'ecr:BatchCheckLayerAvailability' : 'ecr:GetDownloadUrlForLayer';
    case 'upload':
      return method === 'POST' ? 'ecr:InitiateLayerUpload' : 'ecr:UploadLayerPart';
    case 'tags':
      return 'ecr:ListImages';
    default:
      return 'ecr:BatchGetImage';
  }
}
