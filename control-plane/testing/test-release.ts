import {
  apiVersion,
  canonicalJson,
  type Envelope,
  generateKeyPair,
  type JsonObject,
  localSigner,
  payloadTypes,
  sha256,
} from '../../contract/index.ts';

export const pipelineKey = generateKeyPair();

const artifact = {
  repository: 'streaming/charts/gateway',
  digest: sha256('chart'),
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  size: 100,
};

const defaultInputs: JsonObject = {
  schema: {
    type: 'object',
    properties: { replicas: { type: 'integer', minimum: 1, maximum: 9, default: 2 } },
    additionalProperties: false,
  },
  secrets: [{ name: 'token', description: "The gateway's token" }],
};

export function testRelease(version: string, changes: JsonObject = {}): JsonObject {
  return {
    apiVersion,
    kind: 'Release',
    critical: [],
    product: 'streaming',
    title: 'Streaming',
    version,
    inputs: defaultInputs,
    components: [
      {
        kind: 'helm',
        name: 'gateway',
        dependsOn: [],
        health: {},
        namespace: 'streaming',
        releaseName: 'gateway',
        values: {},
        chart: artifact,
        chartVersion: '1.0.0',
        images: [],
      },
    ],
    permissions: [],
    ...changes,
  };
}

export async function signedRelease(release: JsonObject, key = pipelineKey): Promise<Envelope> {
  return localSigner(key.privateKeyPem).sign(payloadTypes.release, Buffer.from(canonicalJson(release)));
}

/** The body of POST /v1/products/streaming/releases. */
export async function registration(version: string, changes: JsonObject = {}) {
  return {
    version,
    registry: 'registry.vendor.test',
    repository: 'streaming/releases',
    digest: sha256(`manifest of ${version}`),
    envelope: await signedRelease(testRelease(version, changes)),
  };
}
