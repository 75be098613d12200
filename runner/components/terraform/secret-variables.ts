import * as z from 'zod';
import { LandfallError, type SecretPlace, sha256 } from '../../../contract/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';

/** Values of variables that come from Secrets. They are held in memory for as long as a plan is made. */
export type SecretVariables = {
  /** What the engine gets in its environment: `TF_VAR_<variable>`. */
  env: Record<string, string>;
  /** For redaction. */
  values: string[];
  /** Which Secrets in which versions: a change of any is a reason for another plan, and no hash of a value is kept. */
  versions: string;
};

export const noSecretVariables: SecretVariables = { env: {}, values: [], versions: '' };

const secretSchema = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
/** One string of a process's environment may have 128 KiB (MAX_ARG_STRLEN). */
const longest = 100 * 1024;

/** Reads what `secretVariables` of a component name. LF-RUNNER-011 while a Secret is not there, LF-RUNNER-165 when a value cannot be passed on. */
export async function readSecretVariables(
  kubernetes: Kubernetes,
  component: string,
  references: Readonly<Record<string, SecretPlace>>,
  signal: AbortSignal,
): Promise<SecretVariables> {
  const result: SecretVariables = { env: {}, values: [], versions: '' };
  const versions: string[] = [];
  for (const [variable, { namespace, name, key }] of Object.entries(references).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const secret = await kubernetes.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal });
    const data = secret === null ? undefined : secretSchema.parse(secret).data[key];
    const where = `the key ${key} of Secret ${namespace}/${name}`;
    if (secret === null || data === undefined) {
      throw new LandfallError('LF-RUNNER-011', `${component} needs ${where}`, { temporary: true });
    }
    const value = textOf(data);
    if (value === undefined) {
      throw new LandfallError('LF-RUNNER-165', `${where} cannot become the variable ${variable} of ${component}`, {
        temporary: true,
      });
    }
    result.env[`TF_VAR_${variable}`] = value;
    result.values.push(value);
    const { uid = '', resourceVersion = '' } = secret.metadata;
    versions.push(`${variable} ${namespace}/${name}/${key} ${uid} ${resourceVersion}`);
  }
  return versions.length === 0 ? result : { ...result, versions: sha256(versions.join('\n')) };
}

function textOf(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > longest || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
