import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { artifactsOf, digestSchema, systemClock } from '../../contract/index.ts';
import { createNetwork, parseManifest } from '../../oci/index.ts';
import { type Statement, engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { guardPolicies, renderForPeople, statementsOf } from '../../stacks/index.ts';
import type { Effects, EventSink } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { createKeptReleases } from './garbage/kept-releases.ts';
import { createMirror } from './mirror.ts';
import { createMirrorRecord } from './record.ts';
import { ecrRegistry } from './registries.ts';
import { vendorImages } from './testing/vendor-images.ts';

const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
const vendorTrust = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::999999999999:role/landfall-installer' },
  Action: 'sts:AssumeRole',
};
const key = (n: string): string => `arn:aws:kms:eu-central-1:123456789012:key/${n}`;
const values = {
  ...{ prefix: 'lf-acme', account: '123456789012', region: 'eu-central-1', partition: 'aws', cluster: 'lf-acme' },
  ...{ install: 'acme', 'state-key': key('1'), 'cluster-key': key('2'), 'expires-at': '2030-01-31T12:00:00.000Z' },
  ...{ 'external-id': 'e'.repeat(24), 'vendor-principal': 'arn:aws:iam::999999999999:role/vendor-installer' },
  ...{ 'bootstrap-project': 'lf-acme-bootstrap', boundary: 'arn:aws:iam::123456789012:policy/lf-acme-boundary' },
};
const statementSchema = z.custom<Statement>((value) => z.object({ Effect: z.string() }).safeParse(value).success);
const rendered = (name: string, statements: Parameters<typeof renderForPeople>[1]): Statement[] =>
  z.object({ Statement: z.array(statementSchema) }).parse(JSON.parse(renderForPeople(name, statements, values)))
    .Statement;

describe.skipIf(!engines.available)('the mirror in ECR, with the rights of the runner', () => {
  const repository = 'lf-acme/shop/images';
  let account: OpenAccount;
  let runner: ECRClient;
  let admin: ECRClient;
  const events: string[] = [];
  beforeAll(async () => {
    account = await openAccount();
    admin = new ECRClient(account.admin);
    const runnerRights = rendered('runner', statementsOf('runner')['runner'] ?? []);
    await account.makeRole('lf-acme-runner', vendorTrust, [
      ...runnerRights,
      ...rendered('limits', guardPolicies.limits),
    ]);
    const session = await account.assume(account.cloud.people.vendorInstaller, {
      RoleArn: 'arn:aws:iam::123456789012:role/lf-acme-runner',
    });
    runner = new ECRClient(account.as(session));
  }, 120_000);
  afterAll(async () => {
    await account?.stop();
  });

  const mirrorRegistry = () => {
    const network = createNetwork({ ca: account.caPem });
    return ecrRegistry({
      ...{ host: account.cloud.registry.host, prefix: 'lf-acme', ecr: runner, clock: systemClock },
      way: { connect: network.connect(), lookup: network.lookup },
    });
  };
  const mirrorOf = (vendor: Awaited<ReturnType<typeof vendorImages>>['vendor']) => {
    const kubernetes = createFakeKubernetes();
    const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
    const said: EventSink = {
      event: ({ reason, message }) => void events.push(`${reason}: ${message}`),
      componentState: () => undefined,
      log: () => undefined,
    };
    return createMirror({
      vendor: { at: () => vendor },
      own: mirrorRegistry(),
      record: createMirrorRecord(store),
      kept: createKeptReleases(store),
      ...{ effects: directly, events: said, clock: systemClock, keepReleases: 1 },
      copy: { platforms: [], referrers: true },
      inUse: async () => new Set(),
    });
  };
  const digestsIn = async (name: string): Promise<string[]> => {
    const { imageDetails = [] } = await admin.send(new DescribeImagesCommand({ repositoryName: name }));
    return imageDetails.map((image) => image.imageDigest ?? '').toSorted();
  };

  it('holds what is kept, and loses what no kept release needs: index, children and all', async () => {
    const { vendor, releaseOf } = await vendorImages({ a: [], b: ['b1', 'b2'], c: ['b1', 'c2'] });
    const mirror = mirrorOf(vendor);
    const old = releaseOf(1, ['b']);
    const next = releaseOf(2, ['c']);
    const ensure = (release: typeof old) =>
      mirror.ensure(release, 'vendor.test', { onProgress: () => undefined, signal: never });
    const tend = (lastGood: typeof old) =>
      mirror.tend({ lastGood, accepted: lastGood, registry: 'vendor.test' }, never);
    const needed = (release: typeof old): string[] => {
      const roots = artifactsOf(release).map((artifact) => artifact.digest);
      return [...new Set(roots.flatMap((root) => [root, ...vendor.childrenOf('shop/images', root)]))].toSorted();
    };

    await ensure(old);
    await tend(old);
    expect(await digestsIn(repository)).toEqual(needed(old));
    await ensure(next);
    expect(await digestsIn(repository)).toEqual([...new Set([...needed(old), ...needed(next)])].toSorted());
    await tend(next);
    expect(events).toEqual([expect.stringMatching(/^MirrorTidied: 2 manifests/)]);
    expect(await digestsIn(repository)).toEqual(needed(next));
    // What is left can still be pulled by digest, with its layers.
    const own = mirrorRegistry();
    for (const digest of needed(next).map((each) => digestSchema.parse(each))) {
      const parsed = parseManifest(await own.client.getManifest(repository, digest));
      if (parsed.kind === 'index') continue;
      for (const layer of parsed.manifest.layers) {
        let size = 0;
        for await (const chunk of await own.client.getBlob(repository, layer)) size += chunk.length;
        expect(size).toBe(layer.size);
      }
    }
  }, 60_000);

  it('is made with immutable tags, scanned on push and marked as the runner’s', async () => {
    const { repositories = [] } = await admin.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }));
    expect(repositories).toMatchObject([
      { imageTagMutability: 'IMMUTABLE', imageScanningConfiguration: { scanOnPush: true } },
    ]);
    const { tags } = await admin.send(new ListTagsForResourceCommand({ resourceArn: repositories[0]?.repositoryArn }));
    expect(tags).toContainEqual({ Key: 'landfall.dev/prefix', Value: 'lf-acme' });
  });

  it('cannot delete in a repository that the runner has not marked, nor its own image, marked or not', async () => {
    const imageIds = [{ imageTag: 'v1' }];
    const deletion = (name: string) => new BatchDeleteImageCommand({ repositoryName: name, imageIds });
    const refusal = { name: 'AccessDeniedException' };
    for (const name of ['lf-acme/by-hand', 'lf-acme/landfall/runner', 'payroll'])
      await admin.send(new CreateRepositoryCommand({ repositoryName: name }));
    await expect(runner.send(deletion('lf-acme/by-hand'))).rejects.toMatchObject(refusal);
    // The twin: it is the mark alone that holds it back there.
    const { repositories = [] } = await admin.send(new DescribeRepositoriesCommand({}));
    for (const { repositoryArn, repositoryName = '' } of repositories) {
      if (repositoryName === repository) continue;
      await admin.send(
        new TagResourceCommand({
          resourceArn: repositoryArn,
          tags: [{ Key: 'landfall.dev/prefix', Value: 'lf-acme' }],
        }),
      );
    }
    await expect(runner.send(deletion('lf-acme/by-hand'))).resolves.toMatchObject({
      failures: [{ failureCode: 'ImageNotFound' }],
    });
    await expect(runner.send(deletion('lf-acme/landfall/runner'))).rejects.toMatchObject(refusal);
    await expect(runner.send(deletion('payroll'))).rejects.toMatchObject(refusal);
  });
});
