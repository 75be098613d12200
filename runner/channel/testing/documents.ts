import {
  type Envelope,
  type JsonObject,
  apiVersion,
  canonicalJson,
  generateKeyPair,
  localSigner,
  mediaTypes,
  payloadTypes,
  sha256,
} from '../../../contract/index.ts';
import type { ReleaseBytes } from '../accept-release.ts';

export const controlPlaneKey = generateKeyPair();
export const pipelineKey = generateKeyPair();
export const strangersKey = generateKeyPair();

const sign = (type: string, document: JsonObject | string, key: { privateKeyPem: string }): Promise<Envelope> =>
  localSigner(key.privateKeyPem).sign(
    type,
    Buffer.from(typeof document === 'string' ? document : canonicalJson(document)),
  );

const artifact = { repository: 'shop/charts/web', digest: sha256('chart'), mediaType: 'x/y', size: 10 };

export const releaseComponent: JsonObject = {
  kind: 'helm',
  name: 'web',
  namespace: 'shop',
  releaseName: 'web',
  chart: artifact,
  chartVersion: '1.0.0',
  images: [],
};

export function releaseDocument(changes: JsonObject = {}): JsonObject {
  const inputs = { schema: { type: 'object' } };
  return {
    apiVersion,
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version: '1.0.0',
    inputs,
    components: [releaseComponent],
    permissions: [],
    ...changes,
  };
}

/** A release as the vendor's registry has it. */
export async function signedRelease(
  document: JsonObject | string = releaseDocument(),
  key = pipelineKey,
): Promise<ReleaseBytes> {
  return releaseFrom(await sign(payloadTypes.release, document, key));
}

export function releaseFrom(signed: Envelope): ReleaseBytes {
  const envelope = Buffer.from(JSON.stringify(signed));
  const layers = [
    { mediaType: 'application/vnd.dsse.envelope.v1+json', digest: sha256(envelope), size: envelope.byteLength },
  ];
  return {
    manifest: Buffer.from(JSON.stringify({ schemaVersion: 2, artifactType: mediaTypes.release, layers })),
    envelope,
  };
}

export function targetOf(release: ReleaseBytes, changes: JsonObject = {}): JsonObject {
  return {
    product: 'shop',
    version: '1.0.0',
    registry: 'vendor.test',
    repository: 'shop/releases',
    digest: sha256(release.manifest),
    ...changes,
  };
}

export function desiredDocument(changes: JsonObject = {}): JsonObject {
  return {
    apiVersion,
    kind: 'DesiredState',
    install: 'acme',
    sequence: 5,
    issuedAt: '2026-01-05T09:00:00.000Z',
    expiresAt: '2026-01-12T09:00:00.000Z',
    release: null,
    inputs: {},
    secrets: {},
    trace: 'a'.repeat(32),
    ...changes,
  };
}

export const signedDesired = (
  document: JsonObject | string = desiredDocument(),
  key = controlPlaneKey,
): Promise<Envelope> => sign(payloadTypes.desiredState, document, key);

export const signedRequests = (document: JsonObject, key = controlPlaneKey): Promise<Envelope> =>
  sign(payloadTypes.requests, { apiVersion, kind: 'RequestList', install: 'acme', ...document }, key);

/** The same envelope with other signed bytes: what an attacker on the way could send. */
export function tampered(envelope: Envelope, document: JsonObject): Envelope {
  return { ...envelope, payload: Buffer.from(canonicalJson(document)).toString('base64') };
}
