import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { type Artifact, LandfallError, parseJson } from '../../contract/index.ts';
import { mediaTypes, parseManifest, type RegistryClient } from '../../oci/index.ts';
import { type BaseInputsGiven, baseInputsSchema, nodeArchitecture } from '../../stacks/index.ts';
import type { BaseOutputs } from '../base.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';
import type { InstallContext } from '../context.ts';
import type { HandOffRequest } from './request.ts';
import { vendorClient } from './vendor-client.ts';

type Call = { signal?: AbortSignal };

const maxConfigBytes = 1024 * 1024;
const imageConfigs: readonly string[] = [mediaTypes.imageConfig, 'application/vnd.docker.container.image.v1+json'];
const configSchema = z.looseObject({ architecture: z.string().max(20).optional() });

/** The architectures that an image has for Linux, as nodes call them (`arm64`); empty where it does not say. */
export async function imageArchitectures(
  client: RegistryClient,
  { repository, digest }: Pick<Artifact, 'repository' | 'digest'>,
  call: Call = {},
): Promise<string[]> {
  const parsed = parseManifest(await client.getManifest(repository, digest, call));
  if (parsed.kind === 'index') {
    const linux = parsed.index.manifests.flatMap(({ platform }) => (platform?.os === 'linux' ? [platform] : []));
    return [...new Set(linux.map(({ architecture }) => architecture))].filter(isPlain).toSorted();
  }
  const { config } = parsed.manifest;
  if (!imageConfigs.includes(config.mediaType) || config.size > maxConfigBytes) return [];
  const bytes = await buffer(await client.getBlob(repository, config, call));
  const limit = { bytes: maxConfigBytes, depth: 32 };
  const { architecture } = parseJson(bytes, configSchema, `the config of ${repository}@${digest}`, limit);
  return architecture === undefined ? [] : [architecture].filter(isPlain);
}

const isPlain = (architecture: string): boolean => /^[a-z0-9]{1,20}$/.test(architecture);

const nodesSchema = z.object({ items: z.array(z.unknown()) });

/** Before the chart: of the nodes that are there by now at least one must be able to run the runner (LF-INSTALL-012). Where nodes come as they are needed, nobody knows. */
export async function requireNodeFor(
  api: Pick<ClusterApi, 'get'>,
  architectures: readonly string[],
  { mode, nodeProfile }: Pick<BaseOutputs, 'mode' | 'nodeProfile'>,
): Promise<void> {
  if (architectures.length === 0 || mode === 'cluster' || nodeProfile === 'auto') return;
  const some = async (selector: string): Promise<boolean> => {
    const query = selector === '' ? '' : `&labelSelector=${encodeURIComponent(selector)}`;
    const found = await api.get(`/api/v1/nodes?limit=1${query}`, nodesSchema);
    return found !== undefined && found.items.length > 0;
  };
  if ((await some(`kubernetes.io/arch in (${architectures.join(',')})`)) || !(await some(''))) return;
  const message = `the runner's image is for ${architectures.join(', ')}, and no node of the cluster is`;
  throw new LandfallError('LF-INSTALL-012', message);
}

/** Before anything is made: of the node groups at least one must be able to run the runner (LF-INSTALL-012). Asks only where one is not amd64. */
export async function requireRunnerRuns(
  context: InstallContext,
  inputs: BaseInputsGiven,
  request: Pick<HandOffRequest, 'vendorRegistry' | 'runner'>,
): Promise<void> {
  const { mode, nodeProfile, nodeGroups } = baseInputsSchema.parse(inputs);
  if (mode === 'cluster' || nodeProfile === 'auto') return;
  const wanted = [...new Set(nodeGroups.map(({ instanceType }) => nodeArchitecture(instanceType)))];
  if (wanted.every((each) => each === 'amd64')) return;
  const client = vendorClient(context, request.vendorRegistry);
  try {
    const { image } = request.runner;
    const has = await imageArchitectures(client, image, context.signal === undefined ? {} : { signal: context.signal });
    if (has.length === 0 || wanted.some((each) => has.includes(each))) return;
    const types = nodeGroups.map(({ instanceType }) => instanceType).join(', ');
    const message = `the runner's image ${image.repository}@${image.digest} is for ${has.join(', ')}, and every node (${types}) is ${wanted.join(', ')}`;
    throw new LandfallError('LF-INSTALL-012', message);
  } finally {
    await client.close();
  }
}
