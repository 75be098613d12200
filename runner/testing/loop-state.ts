import { z } from 'zod';
import { desiredStateSchema, jsonObjectSchema, releaseSchema, sha256 } from '../../contract/index.ts';
import type { AcceptedState } from '../ports.ts';

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
});

/** Of one release in the contract; a thousand are tried beyond it. */
const mostComponents = 200;

const artifactOf = (what: string) => ({ repository: what, digest: sha256(what), mediaType: 'x/y', size: 1 });

export function stateOf(wanted: z.infer<typeof loopStateSchema>): AcceptedState {
  const { sequence, version, namespace, releases, values, manifests, timeoutSeconds } = wanted;
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
  const parse = (components: object[]) =>
    releaseSchema.parse({
      apiVersion: 'landfall.dev/v1',
      kind: 'Release',
      product: 'shop',
      title: 'Shop',
      version,
      inputs: { schema: { type: 'object' } },
      components,
      permissions: [],
    });
  const all: object[] = manifests === '' ? charts : [...charts, objects];
  const parts = Array.from({ length: Math.ceil(all.length / mostComponents) }, (_, i) =>
    parse(all.slice(i * mostComponents, (i + 1) * mostComponents)),
  );
  const release = { ...parse(all.slice(0, 1)), components: parts.flatMap(({ components }) => components) };
  const digest = sha256(JSON.stringify(release));
  const desired = desiredStateSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'DesiredState',
    install: 'acme',
    sequence,
    issuedAt: '2026-01-05T09:00:00.000Z',
    expiresAt: '2036-01-12T09:00:00.000Z',
    release: { product: 'shop', version, registry: 'vendor.test', repository: 'shop/release', digest },
    inputs: {},
    secrets: {},
    trace: 'a'.repeat(32),
  });
  return { desired, release, releaseDigest: digest };
}
