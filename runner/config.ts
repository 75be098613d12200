import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import {
  LandfallError,
  type Limit,
  describeError,
  installIdSchema,
  jsonObjectSchema,
  parseJson,
  platformNameSchema,
  productNameSchema,
  readPublicKey,
} from '../contract/index.ts';
import { type KillAt, effectKinds } from './effects/index.ts';

const publicKey = z.string().refine((pem) => {
  try {
    readPublicKey(pem);
    return true;
  } catch {
    return false;
  }
}, 'expected a public key in PEM (Ed25519 or ECDSA P-256)');

const pem = z.string().max(200_000).default('');
const host = z.string().min(1).max(255);
/** Without a login: this file is no place for one. */
const proxyAddress = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.includes('@'), 'expected an address without a login: that belongs into a Secret');

const censusInImage = { command: '/usr/local/bin/node', args: ['/opt/landfall/census.js'] };

/** The runner's one configuration file, written by the chart (a ConfigMap) or, for a process of one's own, by hand. It holds no secret. */
export const runnerConfigSchema = z.object({
  install: z.object({
    id: installIdSchema,
    product: productNameSchema,
    region: z.string().min(1),
    account: z.string(),
    cluster: z.string(),
    prefix: z.string().min(1),
  }),
  /** The customer's own registry; `hosts`: where it sends pulls to, beside itself. */
  registry: z.object({
    host,
    prefix: z.string().min(1),
    hosts: z.array(host).default([]),
    /** The customer's own key for what is made in ECR; empty: ECR's. */
    kmsKeyArn: z.string().default(''),
    /** `ecr` logs in with the runner's role; `basic` (any distribution registry, Harbor, an ACR token, a key of GAR) with a Secret. */
    kind: z.enum(['ecr', 'basic']).default('ecr'),
    /** With `basic`: a Secret of the runner's namespace with `username` and `password`, which may push. Empty: no login. */
    credentialsSecret: z.string().max(253).default(''),
    /** A Secret of type kubernetes.io/dockerconfigjson in the runner's namespace, with which nodes pull. Empty: they need none. */
    pullSecret: z.string().max(253).default(''),
  }),
  mirror: z
    .object({
      /** How many of the releases that were wholly applied stay whole in the customer's registry. */
      keepReleases: z.number().int().min(1).max(50).default(3),
      /** Requests at a time; 0: the usual number. */
      concurrency: z.number().int().min(0).max(256).default(0),
      /** Of blobs, over all of them; 0: no limit. */
      bytesPerSecond: z.number().int().min(0).default(0),
      /** Only these of the images (`linux/arm64`); empty: everything that a release pins. */
      platforms: z.array(platformNameSchema).max(8).default([]),
      /** Signatures, attestations and SBOMs of the images come along. */
      referrers: z.boolean().default(true),
    })
    .default({ keepReleases: 3, concurrency: 0, bytesPerSecond: 0, platforms: [], referrers: true }),
  /** Where Terraform states are. The base layer's is always in S3. */
  state: z.preprocess(
    (value) => (typeof value === 'object' && value !== null && !('kind' in value) ? { ...value, kind: 's3' } : value),
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('s3'),
        bucket: z.string().min(1),
        region: z.string().min(1),
        kmsKeyArn: z.string().default(''),
      }),
      z.object({
        kind: z.literal('azurerm'),
        storageAccount: z.string().regex(/^[a-z0-9]{3,24}$/),
        container: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/),
        tenantId: z.guid(),
        subscriptionId: z.guid(),
        clientId: z.guid(),
      }),
      /** Secrets of the runner's namespace, locked by Leases beside them. */
      z.object({ kind: z.literal('kubernetes') }),
    ]),
  ),
  controlPlane: z.object({ url: z.url(), caPem: pem }),
  vendorRegistry: z.object({ host, caPem: pem, hosts: z.array(host).default([]) }),
  trust: z.object({ releaseKeys: z.array(publicKey).min(1), desiredStateKeys: z.array(publicKey).min(1) }),
  aws: z.object({
    /** Empty: AWS itself. */
    endpointUrl: z.union([z.url(), z.literal('')]).default(''),
    podIdentity: z.object({ credentialsUri: z.url(), tokenFile: z.string().min(1) }),
  }),
  /** null: there is no install role to end (the runner came by chart alone). */
  ending: z
    .object({ installRoleName: z.string().min(1), installRoleArn: z.string().min(1) })
    .nullable()
    .default(null),
  /** null: the runner looks after no base layer (it came by chart alone). */
  base: z
    .object({
      /** Of the base module, as the install applied it; no secret is among them. */
      variables: jsonObjectSchema,
      upgradeRoleArn: z.string().min(1),
      mode: z.enum(['full', 'vpc', 'cluster']),
    })
    .nullable()
    .default(null),
  /** Where a person widens what the account stack gives; empty: by the command line. */
  permissionsUpdateUrl: z.union([z.url(), z.literal('')]).default(''),
  /** How often the census of outside principals is made, signed and reported; null: never. */
  seal: z
    .object({ everyHours: z.number().min(0.001).max(720).default(24) })
    .nullable()
    .default({ everyHours: 24 }),
  /** How often the customer's secret store is asked whether a value of a secret input is another one; null: never. */
  secrets: z
    .object({ everyMinutes: z.number().min(0.01).max(1440).default(5) })
    .nullable()
    .default({ everyMinutes: 5 }),
  /** Authorities believed in addition, at every host outside the cluster; `extraCaFile`: a file with more of them, empty: none. */
  extraCaPem: pem,
  extraCaFile: z.string().default(''),
  /** The customer's way out; null: none. Its login is in a folder with the files `username` and `password`, or there is none. */
  proxy: z
    .object({
      https: proxyAddress,
      noProxy: z.string().max(10_000).default(''),
      credentialsDir: z.string().default(''),
    })
    .nullable()
    .default(null),
  kubernetes: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('in-cluster') }),
      z.object({ kind: z.literal('kubeconfig'), path: z.string() }),
    ])
    .default({ kind: 'in-cluster' }),
  namespace: z.string().default('landfall-system'),
  handoffSecret: z.string().default('landfall-handoff'),
  workDir: z.string().default('/var/lib/landfall'),
  /** Default: `egress-ledger` in the work folder. */
  ledgerDir: z.string().default(''),
  spoolMaxBytes: z
    .number()
    .int()
    .min(1_000_000)
    .default(256 * 1024 * 1024),
  /** null: no health endpoint. */
  health: z.object({ host: z.string(), port: z.number().int() }).nullable().default({ host: '0.0.0.0', port: 8080 }),
  tools: z
    .object({
      helm: z.string(),
      tofu: z.string(),
      /** Run by Helm for each render; gets the image map's path as its last argument. */
      postRenderer: z.object({ command: z.string(), args: z.array(z.string()) }),
      /** Takes a census of the account and ends. */
      census: z.object({ command: z.string(), args: z.array(z.string()) }).default(censusInImage),
    })
    .default({
      helm: '/usr/local/bin/helm',
      tofu: '/usr/local/bin/tofu',
      postRenderer: { command: '/usr/local/bin/node', args: ['/opt/landfall/post-render.cjs'] },
      census: censusInImage,
    }),
  /** How many components are brought to their release at a time, where they do not depend on each other; and how many of them may be Terraform's. */
  parallel: z
    .object({
      components: z.number().int().min(1).max(32).default(8),
      /** A provider of a large cloud takes most of the memory the runner has: raise its limit with this. */
      terraform: z.number().int().min(1).max(8).default(1),
    })
    .default({ components: 8, terraform: 1 }),
  terraform: z
    .object({
      /** What unpacked providers may take of the work folder. */
      cacheBytes: z
        .number()
        .int()
        .min(1_000_000)
        .default(3 * 1024 ** 3),
      /** A folder in memory, for what holds secrets: saved plans and variables. Empty: the work folder. */
      memoryDir: z.string().default('/dev/shm'),
      /** Of components that say nothing themselves: what becomes of drift, and how often it is looked for. */
      drift: z
        .object({
          mode: z.enum(['off', 'warn', 'correct']).default('warn'),
          everyMinutes: z.number().int().min(5).max(10_080).default(1440),
        })
        .prefault({}),
    })
    .prefault({}),
  /** The longest pause before something that failed is tried again. */
  longestBackoffMs: z.number().int().min(100).default(20_000),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type RunnerConfig = z.infer<typeof runnerConfigSchema>;

/** What AWS is asked of the states; empty where they are elsewhere. */
export function stateBucketOf({ state }: Pick<RunnerConfig, 'state'>): { bucket: string; kmsKeyArn: string } {
  return state.kind === 's3' ? state : { bucket: '', kmsKeyArn: '' };
}

/** What the machine says about this process. */
export type RunnerEnvironment = {
  pod: { namespace: string; name: string; uid: string } | null;
  apiServer: { host: string; port: string };
  /** What AKS's workload identity webhook gives a pod, for states in Azure. */
  azure: Record<string, string>;
  /** For tests alone; needs LANDFALL_TEST=1. */
  killAt: KillAt | undefined;
};

const limit: Limit = { bytes: 1024 * 1024, depth: 16 };

/** Reads the file that LANDFALL_CONFIG names. LF-RUNNER-050 says what is wrong with it. */
export async function readConfig(): Promise<RunnerConfig> {
  const path = process.env['LANDFALL_CONFIG'];
  if (path === undefined || path === '') throw new LandfallError('LF-RUNNER-050', 'LANDFALL_CONFIG names no file');
  try {
    const config = parseJson(await readFile(path), runnerConfigSchema, path, limit);
    if (config.extraCaFile === '') return config;
    const more = pem.parse(await readFile(config.extraCaFile, 'utf8'));
    return { ...config, extraCaPem: [config.extraCaPem, more].filter((each) => each !== '').join('\n') };
  } catch (cause) {
    const message = `the runner's configuration cannot be used: ${describeError(cause)}`;
    throw new LandfallError('LF-RUNNER-050', message, { cause });
  }
}

const killAtSchema = z.object({ kind: z.enum(effectKinds), when: z.enum(['before', 'during', 'after']) });

const azureVariables = ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST'];

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): RunnerEnvironment {
  const name = env['POD_NAME'] ?? '';
  const kill = env['LANDFALL_TEST'] === '1' ? env['LANDFALL_TEST_KILL_AT'] : undefined;
  return {
    pod: name === '' ? null : { name, namespace: env['POD_NAMESPACE'] ?? '', uid: env['POD_UID'] ?? '' },
    azure: Object.fromEntries(
      azureVariables.flatMap((variable) => {
        const value = env[variable] ?? '';
        return value === '' ? [] : [[variable, value]];
      }),
    ),
    apiServer: { host: env['KUBERNETES_SERVICE_HOST'] ?? '', port: env['KUBERNETES_SERVICE_PORT'] ?? '443' },
    killAt: kill === undefined ? undefined : parseJson(kill, killAtSchema, 'LANDFALL_TEST_KILL_AT', limit),
  };
}
