import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRegistryClient, mirrorSet, packArtifact, registryStore } from '../../oci/index.ts';
import { creation } from './create-repositories.ts';

const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const arn = 'arn:aws:kms:eu-central-1:123456789012:key/1';
let told: string[];
beforeEach(() => {
  told = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told.push(String(text));
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** An ECR without a repository, and what was asked of it. */
function emptyEcr(): { clientFor: (region: string) => Promise<Pick<ECRClient, 'send'>>; asked: object[] } {
  const asked: object[] = [];
  const send = async (command: object): Promise<unknown> => {
    if (command instanceof DescribeRepositoriesCommand) {
      throw Object.assign(new Error('none'), { name: 'RepositoryNotFoundException' });
    }
    asked.push(command instanceof CreateRepositoryCommand ? command.input : command);
    return { repository: { repositoryUri: 'made' } };
  };
  return {
    asked,
    clientFor: async (region) => {
      asked.push({ region });
      return Object.assign(new ECRClient({ region }), { send });
    },
  };
}
const target = (at: string) => registryStore(createRegistryClient({ host: at }), 'lf-acme/shop/web');

it('makes what ECR is missing as the runner does, marked as the install’s own', async () => {
  const { clientFor, asked } = emptyEcr();
  await creation({ create: true, kmsKey: arn }, 'lf-acme', clientFor).prepare?.(target(host));
  expect(asked).toEqual([
    { region: 'eu-central-1' },
    {
      repositoryName: 'lf-acme/shop/web',
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: arn },
      tags: [{ Key: 'landfall.dev/prefix', Value: 'lf-acme' }],
    },
  ]);
  expect(told.join('')).toContain(`created   ${host}/lf-acme/shop/web`);
});

it('makes nothing in another registry, and nowhere without being told to', async () => {
  const { clientFor, asked } = emptyEcr();
  await creation({ create: true }, undefined, clientFor).prepare?.(target('registry.example'));
  expect(asked).toEqual([]);
  expect(creation({}, 'lf-acme', clientFor)).toEqual({});
});

it('comes before anything is written', async () => {
  const artifact = await packArtifact({ artifactType: 'x/y', layers: [] });
  const order: string[] = [];
  const store = {
    name: `${host}/lf-acme/shop/web`,
    resolve: () => Promise.resolve(undefined),
    hasBlob: () => Promise.resolve(false),
    putBlob: async () => void order.push('blob'),
    putManifest: async () => void order.push('manifest'),
  };
  const { clientFor } = emptyEcr();
  const { prepare } = creation({ create: true }, undefined, clientFor);
  await mirrorSet({
    items: [{ from: artifact, digest: artifact.descriptor.digest, to: store }],
    prepare: async (to) => {
      await prepare?.(to);
      order.push('repository');
    },
  });
  expect(order).toEqual(['repository', 'blob', 'manifest']);
});
