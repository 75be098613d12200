import { type JsonObject, releaseSchema, sha256 } from '../../contract/index.ts';
import type { AcceptedState } from '../ports.ts';
import { acceptedOf } from './accepted-of.ts';

export const webImageDigest = sha256('image');
export const webChartDigest = sha256('chart');

/** An accepted release with the component `web` (see packWebChart), and beside it one of Terraform where `variables` are given. */
export function webState(
  sequence: number,
  version: string,
  values: JsonObject,
  timeoutSeconds = 30,
  variables?: JsonObject,
): AcceptedState {
  const image = { repository: 'web', digest: webImageDigest, mediaType: 'x/y', size: 1 };
  const references = ['registry.test/web:1', 'registry.test/migrate:1'];
  const component = {
    name: 'web',
    kind: 'helm',
    namespace: 'shop',
    releaseName: 'web',
    values,
    chartVersion: '0.1.0',
    images: references.map((reference) => ({ reference, artifact: image })),
    chart: { repository: 'charts/web', digest: webChartDigest, mediaType: 'x/y', size: 1 },
    health: { timeoutSeconds },
  };
  const terraform = {
    name: 'bucket',
    kind: 'terraform',
    module: { repository: 'modules/bucket', digest: sha256('module'), mediaType: 'x/y', size: 1 },
    providers: [],
    variables: variables ?? {},
    drift: 'off',
  };
  const release = releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version,
    inputs: { schema: { type: 'object' } },
    components: variables === undefined ? [component] : [component, terraform],
    permissions: [],
  });
  return acceptedOf(sequence, 'vendor.test', { version, release });
}
