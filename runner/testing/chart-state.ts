import { type JsonObject, releaseSchema, sha256 } from '../../contract/index.ts';
import type { AcceptedState } from '../ports.ts';
import { acceptedOf } from './accepted-of.ts';

export type ChartComponent = {
  name: string;
  /** What tells this chart from another: what `mirror.fetchChart` is asked for is `sha256(chart)`. */
  chart: string;
  namespace: string;
  /** As the chart names them; each is pinned as `mirror.test/lf/<its path>` with `sha256` of its name. */
  images: string[];
  values?: JsonObject;
  settings?: JsonObject;
};

const artifact = (repository: string, digest: string) => ({ repository, digest, mediaType: 'x/y', size: 1 });

/** An accepted release made of charts. */
export function chartState(
  sequence: number,
  version: string,
  components: ChartComponent[],
  healthSeconds = 60,
): AcceptedState {
  const release = releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version,
    inputs: { schema: { type: 'object' } },
    components: components.map(({ name, chart, namespace, images, values = {}, settings = {} }) => ({
      name,
      kind: 'helm',
      namespace,
      releaseName: name,
      values,
      chartVersion: '1.0.0',
      chart: artifact('charts/shop', sha256(chart)),
      images: images.map((reference) => ({
        reference,
        artifact: artifact(reference.replace(/^[^/]+\//, '').replace(/:.*$/, ''), sha256(reference)),
      })),
      health: { timeoutSeconds: healthSeconds },
      ...settings,
    })),
    permissions: [],
  });
  return acceptedOf(sequence, 'vendor.test', { version, release });
}
