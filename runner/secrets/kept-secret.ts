import { type AwsSecretReference, LandfallError, type SecretPlace } from '../../contract/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';
import type { StoredValue } from './secret-store.ts';

/** Of every Secret that the runner keeps for an input. The value is the install's id: somebody else's runner leaves it alone. */
export const keptLabel = 'landfall.dev/kept-secret';
const sourceAnnotation = 'landfall.dev/secret-source';
const versionAnnotation = 'landfall.dev/secret-version';

/** Half of what a Secret may hold. */
const mostBytes = 512 * 1024;

type Metadata = KubeObject['metadata'];

export function keptSecret(
  place: SecretPlace,
  reference: AwsSecretReference,
  stored: StoredValue,
  install: string,
): KubeObject {
  const value = Buffer.from(valueOf(reference, stored.value));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: place.namespace,
      name: place.name,
      labels: { [keptLabel]: install, 'landfall.dev/managed': 'true' },
      annotations: { [sourceAnnotation]: sourceOf(reference), [versionAnnotation]: stored.version },
    },
    type: 'Opaque',
    data: { [place.key]: value.toString('base64') },
  };
}

export function isKept({ labels }: Metadata, install: string): boolean {
  return labels?.[keptLabel] === install;
}

export function isFrom({ annotations }: Metadata, reference: AwsSecretReference): boolean {
  return annotations?.[sourceAnnotation] === sourceOf(reference);
}

export function keptVersion({ annotations }: Metadata): string | null {
  return annotations?.[versionAnnotation] ?? null;
}

/** By name alone: AWS's own characters, none of which is `#`. */
function sourceOf({ store, secretId, field }: AwsSecretReference): string {
  return field === undefined ? `${store}:${secretId}` : `${store}:${secretId}#${field}`;
}

/** The whole value, or one field of a JSON object: a string as it is, anything else as JSON. */
function valueOf({ secretId, field }: AwsSecretReference, value: Uint8Array): Uint8Array {
  // What JSON.parse says of a value that is none holds a piece of it: it is dropped.
  const refuse = (why: string): never => {
    throw new LandfallError('LF-RUNNER-203', `the value of ${secretId} ${why}`, { temporary: true });
  };
  if (value.length > mostBytes) return refuse(`has more than ${mostBytes} bytes`);
  if (field === undefined) return value;
  const document = objectIn(value) ?? refuse(`is no JSON object, and its field ${field} is asked for`);
  if (!Object.hasOwn(document, field)) return refuse(`has no field ${field}`);
  const found = document[field];
  return Buffer.from(typeof found === 'string' ? found : JSON.stringify(found));
}

function objectIn(value: Uint8Array): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null;
  } catch {
    return null;
  }
}
