import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LandfallError, systemClock } from '../../contract/index.ts';
import { createAuthority } from '../../dev/index.ts';
import { type FaultRegistry, startFaultRegistry } from '../../test/registry/fault-registry.ts';
import { type Planted, plantImage, plantIndex } from '../../test/registry/plant.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';
import type { InstallContext } from '../context.ts';
import { imageArchitectures, requireNodeFor, requireRunnerRuns } from './runner-architectures.ts';
import { vendorClient } from './vendor-client.ts';

describe("the runner's image and the processors of the nodes", () => {
  let dir: string;
  let registry: FaultRegistry;
  let vendorRegistry: { host: string; caPem: string };
  let context: InstallContext;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lf-runner-image-'));
    const authority = await createAuthority(dir);
    const tls = await authority.issue({ commonName: 'vendor', hosts: ['127.0.0.1'], usage: 'server' });
    registry = await startFaultRegistry({ tls });
    vendorRegistry = { host: registry.host, caPem: authority.certificatePem };
    const runProcess = () => Promise.reject(new Error('no engine here'));
    const engines = { tofu: '/nowhere/tofu', helm: '/nowhere/helm' };
    context = { clock: systemClock, runProcess, say: () => undefined, engines, workDir: dir };
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const repository = 'landfall/runner';
  const image = (config: string) =>
    plantImage(registry.content, repository, [Buffer.from(config)], { config: Buffer.from(config) });
  const of = (architecture: string) => ({
    ...image(JSON.stringify({ os: 'linux', architecture })),
    platform: { os: 'linux', architecture },
  });
  const both = () => plantIndex(registry.content, repository, [of('amd64'), of('arm64')]);
  const install = ({ digest }: Planted, ...instanceTypes: string[]) =>
    requireRunnerRuns(
      context,
      {
        installId: 'acme',
        accountId: '123456789012',
        region: 'eu-central-1',
        nodeGroups: instanceTypes.map((instanceType, at) => ({ name: `group-${at}`, instanceType, size: 1 })),
      },
      { vendorRegistry, runner: { image: { repository, digest }, chart: { path: 'chart' } } },
    );

  it.each([
    ['one image', () => of('arm64'), ['arm64']],
    ['an index', both, ['amd64', 'arm64']],
    ['an image that does not say', () => image('{}'), []],
  ])('%s says what it is for', async (_, plant, expected) => {
    const client = vendorClient(context, vendorRegistry);
    expect(await imageArchitectures(client, { repository, digest: plant().digest })).toEqual(expected);
    await client.close();
  });

  it('an image for amd64 alone is refused where all nodes are Graviton, before anything is made', async () => {
    await expect(install(of('amd64'), 'm7g.large', 'c8gn.xlarge')).rejects.toMatchObject({
      code: 'LF-INSTALL-012',
      message: expect.stringMatching(/landfall\/runner@sha256:.* is for amd64, .*m7g.large.* arm64/),
    });
  });

  it('passes where one group can run it, or it is for both', async () => {
    await expect(install(of('amd64'), 'm7g.large', 'm7i.large')).resolves.toBeUndefined();
    await expect(install(both(), 'm7g.large')).resolves.toBeUndefined();
  });

  it.each([
    ['a node is for it', ['amd64'], { mode: 'full', nodeProfile: 'node-groups' }, 'passes'],
    ['no node is for it', ['riscv64'], { mode: 'full', nodeProfile: 'node-groups' }, 'refused'],
    ['nodes come as they are needed', ['riscv64'], { mode: 'full', nodeProfile: 'auto' }, 'passes'],
    ['the cluster is the customer’s own', ['riscv64'], { mode: 'cluster', nodeProfile: 'node-groups' }, 'passes'],
    ['the image does not say', [], { mode: 'vpc', nodeProfile: 'node-groups' }, 'passes'],
  ] as const)('where %s, the hand-off goes so', async (_, architectures, base, outcome) => {
    const asked: string[] = [];
    const get: ClusterApi['get'] = async (path, schema) => {
      asked.push(decodeURIComponent(path));
      return schema.parse({ items: path.includes('labelSelector') && !path.includes('amd64') ? [] : [{}] });
    };
    const done = requireNodeFor({ get }, architectures, base).then(
      () => 'passes',
      (error: unknown) => (error instanceof LandfallError && error.code === 'LF-INSTALL-012' ? 'refused' : error),
    );
    expect(await done).toBe(outcome);
    if (outcome === 'refused') expect(asked[0]).toContain('labelSelector=kubernetes.io/arch in (riscv64)');
  });

  it('asks nobody where all nodes are amd64', async () => {
    const before = registry.requests.length;
    await install(of('amd64'), 'm7i.large', 'm7i-flex.large');
    expect(registry.requests.length).toBe(before);
  });
});
