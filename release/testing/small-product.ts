import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Helm, Tofu } from '../../engines/index.ts';
import { createLayout } from '../../oci/index.ts';
import type { BuildTools } from '../build-component.ts';
import { assembleImage } from '../images/assemble-image.ts';

export const productYaml = `apiVersion: landfall.dev/v1
kind: Product
metadata: {name: shop, title: Shop}
inputs:
  schema:
    type: object
    properties: {replicas: {type: integer, default: 2}}
imageSources: {shop.example/: ./images}
components:
  - name: store
    kind: terraform
    module: ./modules/store
    variables: {name: '\${install.prefix}-store'}
    outputs: [name]
    permissions:
      - {sid: Store, actions: ['s3:CreateBucket'], resources: ['arn:\${partition}:s3:::\${prefix}-store'], reason: Holds goods.}
  - name: web
    kind: helm
    dependsOn: [store]
    chart: ./charts/web
    namespace: shop
    releaseName: web
    values: {replicas: '\${inputs.replicas}', store: '\${components.store.outputs.name}'}
`;

/** What Helm would render: a workload, a hook, a test and a CRD, each of them with an image of its own. */
export const renderedWeb = ['app', 'hook', 'test', 'init']
  .map((name) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations: name === 'app' ? {} : { 'helm.sh/hook': name } },
    spec: { template: { spec: { containers: [{ name, image: `shop.example/${name}:1` }] } } },
  }))
  .map((object) => JSON.stringify(object))
  .join('\n---\n');

export type SmallProduct = { dir: string; outDir: string; file: string; tools: BuildTools };

/** A product in a folder of its own, and engines that answer as the real ones would. Gone at the end of the test. */
export async function smallProduct(changes: Record<string, string> = {}): Promise<SmallProduct> {
  const root = await mkdtemp(join(tmpdir(), 'landfall-release-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const dir = join(root, 'product');
  const files: Record<string, string> = {
    'landfall.yaml': productYaml,
    'modules/store/main.tf': 'output "name" { value = "x" }\n',
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\n',
    'charts/web/templates/job.yaml': 'kind: Job\n',
    'charts/web/.git/config': `${root}\n`,
    ...changes,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const layout = await createLayout(join(dir, 'images'));
  for (const name of ['app', 'hook', 'test', 'init']) {
    await assembleImage({
      layout,
      reference: `shop.example/${name}:1`,
      layers: [{ entries: [{ kind: 'file', path: name, bytes: Buffer.from(name), mode: 0o755 }] }],
      config: { entrypoint: [`/${name}`], user: '65532:65532' },
      platform: { os: 'linux', architecture: 'amd64' },
      cacheDir: join(root, 'cache'),
    });
  }
  const provider = join(root, 'mirror/registry.opentofu.org/example/cloud/1.0.0/linux_amd64');
  await mkdir(provider, { recursive: true });
  await writeFile(join(provider, 'terraform-provider-cloud_v1.0.0'), '#!/bin/sh\n', { mode: 0o755 });
  const tools: BuildTools = {
    helm: helmThatRenders(renderedWeb),
    tofu: ({ workDir }) => tofuThatLocks(workDir),
    registries: () => undefined,
    providersDir: join(root, 'mirror'),
    platforms: ['linux/amd64'],
    cacheDir: join(root, 'cache'),
    say: () => undefined,
  };
  return { dir, outDir: join(root, 'out'), file: join(dir, 'landfall.yaml'), tools };
}

const unused = (): Promise<never> => Promise.reject(new Error('not part of a build'));

export function helmThatRenders(text: string): Helm {
  return {
    template: () => Promise.resolve(text),
    upgradeInstall: unused,
    rollback: unused,
    uninstall: unused,
    history: unused,
    status: unused,
    list: unused,
    test: unused,
    version: unused,
  };
}

function tofuThatLocks(workDir: string): Tofu {
  const lock = 'provider "registry.opentofu.org/example/cloud" {\n  version = "1.0.0"\n  hashes = []\n}\n';
  return {
    init: () => writeFile(join(workDir, '.terraform.lock.hcl'), lock),
    validate: () => Promise.resolve(),
    plan: unused,
    showPlan: unused,
    apply: unused,
    destroy: unused,
    output: unused,
    statePull: unused,
    statePush: unused,
    forceUnlock: unused,
    version: unused,
  };
}
