import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import {
  type JsonObject,
  generateKeyPair,
  jsonObjectSchema,
  kubernetesKinds,
  runnerPolicySchema,
  usualSubresources,
} from '../contract/index.ts';
import { requireEngines } from '../dev/index.ts';
import { runnerConfigSchema } from './config.ts';

const engines = await requireEngines('helm');
const run = promisify(execFile);
const chart = join(import.meta.dirname, '../charts/runner');
const { publicKeyPem } = generateKeyPair();

/** As the hand-off writes them (install/hand-off/values.ts). */
const values: JsonObject = {
  install: {
    id: 'acme',
    product: 'streaming',
    region: 'eu-central-1',
    account: '123456789012',
    cluster: 'lf-acme',
    prefix: 'lf-acme',
  },
  image: { repository: 'registry.test/lf/runner', digest: `sha256:${'a'.repeat(64)}`, architectures: ['arm64'] },
  registry: { host: 'registry.test', prefix: 'lf-acme' },
  state: { bucket: 'lf-acme-state', region: 'eu-central-1', kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/x' },
  controlPlane: { url: 'https://vendor.test', caPem: '' },
  vendorRegistry: { host: 'registry.vendor.test', caPem: '' },
  trust: { releaseKeys: [publicKeyPem], desiredStateKeys: [publicKeyPem] },
  aws: { endpointUrl: '', podIdentity: { credentialsUri: 'http://169.254.170.23/v1/credentials' } },
  ending: { installRoleName: 'lf-acme-install', installRoleArn: 'arn:aws:iam::123456789012:role/lf-acme-install' },
  handoffSecret: 'landfall-handoff',
  policy: { paused: true },
};

const azure = {
  storageAccount: 'lfacmestate',
  container: 'states',
  tenantId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3a01',
  subscriptionId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3a02',
  clientId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3a03',
};

describe.skipIf(!engines.available)('the chart of the runner', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'landfall-chart-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const render = async (changes: JsonObject = {}): Promise<JsonObject[]> => {
    const file = join(dir, 'values.json');
    writeFileSync(file, JSON.stringify({ ...values, ...changes }));
    const args = [
      'template',
      'landfall-runner',
      chart,
      '--namespace=landfall-system',
      `--values=${file}`,
      '--include-crds',
    ];
    const { stdout } = await run(engines.path('helm'), args, {
      env: { HOME: dir, PATH: '/usr/bin:/bin' },
      maxBuffer: 10_000_000,
    });
    return parseAllDocuments(stdout)
      .map((document): unknown => document.toJS())
      .filter((object) => object !== null)
      .map((object) => jsonObjectSchema.parse(object));
  };
  const find = (objects: JsonObject[], kind: string): JsonObject => {
    const found = objects.find((object) => object['kind'] === kind);
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  };
  const configOf = (objects: JsonObject[]) => {
    const { data } = z.object({ data: z.object({ 'config.json': z.string() }) }).parse(find(objects, 'ConfigMap'));
    return runnerConfigSchema.parse(JSON.parse(data['config.json']));
  };

  /** The volume, after a look that it is mounted there. */
  const volumeOf = (objects: JsonObject[], name: string, mountPath: string): unknown => {
    const named = z.looseObject({ name: z.string() });
    const container = z.object({ volumeMounts: z.array(named) });
    const pod = z.object({ containers: z.array(container), volumes: z.array(named) });
    const { spec } = z
      .object({ spec: z.object({ template: z.object({ spec: pod }) }) })
      .parse(find(objects, 'Deployment'));
    const [runner] = spec.template.spec.containers;
    expect(runner?.volumeMounts).toContainEqual({ name, mountPath, readOnly: true });
    return spec.template.spec.volumes.find((each) => each.name === name);
  };

  it('writes a configuration that the runner reads', async () => {
    const config = configOf(await render());
    expect(config.install.id).toBe('acme');
    expect(config.ending?.installRoleName).toBe('lf-acme-install');
    expect(config.trust.releaseKeys).toEqual([publicKeyPem]);
    expect(config.tools.postRenderer.args).toEqual(['/opt/landfall/post-render.cjs']);
    expect(configOf(await render({ ending: { installRoleName: '', installRoleArn: '' } })).ending).toBe(null);
  });

  it('is scheduled only where its image has a program for the processor', async () => {
    expect(JSON.stringify(await render())).toMatch(/kubernetes.io\/arch","operator":"In","values":\["arm64"\]/);
  });

  it('says which base layer the runner looks after, or that there is none', async () => {
    expect(configOf(await render()).base).toBe(null);
    const base = {
      variables: { install_id: 'acme', nat: 'single', zones: ['a', 'b'], node_groups: { general: { size: 4 } } },
      upgradeRoleArn: 'arn:aws:iam::123456789012:role/lf-acme-upgrade',
      mode: 'full',
    };
    const permissionsUpdateUrl = 'https://console.aws.amazon.com/cloudformation/home?region=eu-central-1#/stacks';
    expect(configOf(await render({ base, permissionsUpdateUrl }))).toMatchObject({ base, permissionsUpdateUrl });
  });

  it('has the account sealed once a day, as often as it is said, or never', async () => {
    expect(configOf(await render()).seal).toEqual({ everyHours: 24 });
    expect(configOf(await render({ seal: { everyHours: 0.5 } })).seal).toEqual({ everyHours: 0.5 });
    expect(configOf(await render({ seal: { everyHours: 0 } })).seal).toBeNull();
    expect(configOf(await render({ seal: null })).seal).toBeNull();
  });

  it('has the secret store asked every few minutes, as often as it is said, or never', async () => {
    expect(configOf(await render()).secrets).toEqual({ everyMinutes: 5 });
    expect(configOf(await render({ secrets: { everyMinutes: 0.5 } })).secrets).toEqual({ everyMinutes: 0.5 });
    expect(configOf(await render({ secrets: { everyMinutes: 0 } })).secrets).toBeNull();
  });

  it.each<[string, JsonObject]>([
    ['s3', { bucket: 'lf-acme-state', region: 'eu-central-1', kmsKeyArn: '' }],
    ['azurerm', azure],
    ['kubernetes', {}],
  ])('keeps Terraform states in %s, with what that needs and nothing else', async (kind, state) => {
    const objects = await render({ state: { kind, ...state } });
    expect(configOf(objects).state).toEqual({ kind, ...state });
    const pod = JSON.stringify([find(objects, 'Deployment'), find(objects, 'ServiceAccount')]);
    expect(pod.includes('"azure.workload.identity/use":"true"')).toBe(kind === 'azurerm');
    expect(pod.includes(`"azure.workload.identity/client-id":"${azure.clientId}"`)).toBe(kind === 'azurerm');
  });

  it('says how wide Terraform goes, what its cache may take, and what becomes of drift', async () => {
    const usual = { cacheBytes: 3 * 1024 ** 3, drift: { mode: 'warn', everyMinutes: 1440 } };
    expect(configOf(await render())).toMatchObject({ terraform: usual, parallel: { terraform: 1 } });
    const terraform = { cacheBytes: 1e9, drift: { mode: 'correct', everyMinutes: 30 } };
    expect(configOf(await render({ terraform, parallel: { terraform: 3 } }))).toMatchObject({
      terraform,
      parallel: { components: 8, terraform: 3 },
    });
    const some = await render({ terraform: { drift: { mode: 'off' } } });
    expect(configOf(some).terraform).toMatchObject({ ...usual, drift: { mode: 'off', everyMinutes: 1440 } });
  });

  it('goes by the proxy with a login from a Secret, which stands nowhere in what is rendered', async () => {
    const without = await render();
    expect(configOf(without)).toMatchObject({ proxy: null, extraCaFile: '' });
    expect(JSON.stringify(find(without, 'Deployment'))).not.toMatch(/landfall-(proxy|ca)/);
    const https = 'http://proxy.corp.test:3128';
    const open = await render({ proxy: { https, noProxy: '.corp.test,10.0.0.0/8' } });
    expect(configOf(open).proxy).toEqual({ https, noProxy: '.corp.test,10.0.0.0/8', credentialsDir: '' });
    const closed = await render({ proxy: { https, credentialsSecret: 'proxy-login' } });
    expect(configOf(closed).proxy).toEqual({ https, noProxy: '', credentialsDir: '/etc/landfall-proxy' });
    expect(volumeOf(closed, 'proxy-login', '/etc/landfall-proxy')).toMatchObject({
      secret: { secretName: 'proxy-login' },
    });
    // Children get it from the runner: nothing of it is in the pod's own environment.
    expect(JSON.stringify(find(closed, 'Deployment'))).not.toContain('PROXY');
  });

  it.each([
    [
      'ConfigMap',
      { configMap: 'corp-ca' },
      { configMap: { name: 'corp-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
    [
      'Secret',
      { secret: 'corp-ca', key: 'bundle.pem' },
      { secret: { secretName: 'corp-ca', items: [{ key: 'bundle.pem', path: 'ca.crt' }] } },
    ],
  ])("believes the customer's authorities from a %s", async (_kind, caBundle, volume) => {
    const objects = await render({ caBundle });
    expect(configOf(objects).extraCaFile).toBe('/etc/landfall-ca/ca.crt');
    expect(volumeOf(objects, 'ca', '/etc/landfall-ca')).toMatchObject(volume);
  });

  it("makes the customer's first policy, of its own kind, and keeps it", async () => {
    const policy = find(await render(), 'RunnerPolicy');
    expect(runnerPolicySchema.parse(policy['spec']).paused).toBe(true);
    expect(JSON.stringify(policy['metadata'])).toContain('"helm.sh/resource-policy":"keep"');
  });

  const ruleSchema = z.object({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
    verbs: z.array(z.string()),
  });
  const rulesOf = async (name: string, changes: JsonObject = {}) =>
    (await render(changes))
      .filter((object) => object['kind'] === 'ClusterRole' || object['kind'] === 'Role')
      .map((object) => roleSchema.parse(object))
      .filter(({ metadata }) => metadata.name === name);
  const roleSchema = z.object({
    kind: z.string(),
    metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
    rules: z.array(ruleSchema),
  });

  it('gives the runner no right over everything, and none to give rights but by the one role of the chart', async () => {
    const roles = await rulesOf('landfall-runner');
    expect(roles).toHaveLength(3);
    for (const { apiGroups, resources, verbs } of roles.flatMap(({ rules }) => rules)) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
      for (const verb of ['escalate', 'deletecollection']) expect(verbs).not.toContain(verb);
    }
    const using = (verb: string) =>
      roles.flatMap(({ metadata: { namespace }, rules }) =>
        rules.filter(({ verbs }) => verbs.includes(verb)).map((rule) => ({ namespace, ...rule })),
      );
    expect(using('bind')).toEqual([
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        resourceNames: ['landfall-component'],
        verbs: ['bind'],
      },
    ]);
    expect(using('impersonate')).toMatchObject([
      { namespace: 'landfall-system-components', resources: ['serviceaccounts'] },
    ]);
  });

  it('lets the runner change nothing by itself but namespaces, bindings and what is in its own', async () => {
    const [cluster] = (await rulesOf('landfall-runner')).filter(({ kind }) => kind === 'ClusterRole');
    const changing = cluster?.rules.filter(({ verbs }) =>
      verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
    );
    expect(changing?.map(({ resources }) => resources.join())).toEqual([
      'namespaces',
      'rolebindings',
      'clusterroles',
      'secrets',
    ]);
  });

  it('gives components what the contract calls usual, no more and no less, and lets the runner see all of it', async () => {
    const [usual] = await rulesOf('landfall-component');
    const flat = (rules: z.infer<typeof ruleSchema>[] = []) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}.${group}`))),
      );
    const contract = [...kubernetesKinds, ...usualSubresources].flatMap(({ group, resource, usual }) =>
      usual.map((verb) => `${verb} ${resource}.${group}`),
    );
    expect(flat(usual?.rules).sort()).toEqual([...contract].sort());
    const runner = new Set(flat((await rulesOf('landfall-runner')).flatMap(({ rules }) => rules)));
    const looked = contract.filter((right) => /^(?:get|list|watch) (?!pods\/)/.test(right));
    expect(looked.filter((right) => !runner.has(right))).toEqual([]);
  });

  it('runs it without any privilege', async () => {
    const text = JSON.stringify(find(await render(), 'Deployment'));
    for (const part of [
      '"runAsNonRoot":true',
      '"readOnlyRootFilesystem":true',
      '"allowPrivilegeEscalation":false',
      '"drop":["ALL"]',
      '"type":"RuntimeDefault"',
      '"type":"Recreate"',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/hostPath|hostNetwork|privileged/);
  });

  it.each([
    ['a digest that is none', { image: { repository: 'r', digest: 'latest' } }],
    ['a private key', { trust: { releaseKeys: ['-----BEGIN PRIVATE KEY-----'], desiredStateKeys: [publicKeyPem] } }],
    ["a proxy's login in the open", { proxy: { https: 'http://user:word@proxy.test:3128' } }],
    ['states in a bucket without a name', { state: { kind: 's3', bucket: '', region: 'r' } }],
    ['states in Azure for no identity', { state: { ...azure, kind: 'azurerm', clientId: '' } }],
    ['states where nobody knows', { state: { kind: 'gcs', bucket: 'b' } }],
    ['a value with a typo', { controlPlan: { url: 'https://x' } }],
  ])('refuses %s before anything is installed', async (_name, changes) => {
    await expect(render(changes)).rejects.toThrow(/values don't meet the specifications|schema/);
  });
});
