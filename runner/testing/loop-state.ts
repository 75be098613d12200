import * as z from 'zod';
import { jsonObjectSchema, releaseSchema, sha256 } from '../../contract/index.ts';
import type { AcceptedState } from '../ports.ts';
import { acceptedOf } from './accepted-of.ts';

/** Many small releases of one chart, and optionally a component of manifests. */
export const loopStateSchema = z.object({
  sequence: z.number(),
  version: z.string(),
  namespace: z.string(),
  releases: z.number(),
  values: jsonObjectSchema.default({}),
  /** As the chart names them. */
  images: z.array(z.string()),
  /** Names a component of manifests; empty: none. */
  manifests: z.string().default(''),
  timeoutSeconds: z.number().default(60),
  /** Of every chart. */
  drift: z.enum(['off', 'warn', 'enforce']).default('off'),
});

const artifactOf = (what: string) => ({ repository: what, digest: sha256(what), mediaType: 'x/y', size: 1 });

export function stateOf(wanted: z.infer<typeof loopStateSchema>): AcceptedState {
  const { sequence, version, namespace, releases, values, manifests, timeoutSeconds, drift } = wanted;
  const images = wanted.images.map((reference) => ({ reference, artifact: artifactOf('image') }));
  const charts = Array.from({ length: releases }, (_, i) => ({
    name: `app-${i}`,
    kind: 'helm',
    namespace,
    releaseName: `app-${i}`,
    values,
    chartVersion: '0.1.0',
    images,
    chart: artifactOf('chart'),
    drift: { mode: drift },
    health: { timeoutSeconds },
  }));
  const objects = {
    name: manifests,
    kind: 'manifests',
    namespace,
    manifests: artifactOf('manifests'),
    images,
    health: { timeoutSeconds },
  };
  const release = releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version,
    inputs: { schema: { type: 'object' } },
    components: manifests === '' ? charts : [...charts, objects],
    permissions: [],
  });
  return acceptedOf(sequence, 'vendor.test', { version, release });
}
