import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Tells whether a secret's value is another one than before, without keeping it: a keyed digest, since a plain one of a short password could be
 * guessed by whoever reads the runner's records.
 */
export type SecretMarks = { of(value: string): string };

/** Half a digest is enough to tell two values apart. */
const digits = 32;

/** The key is derived from the runner's own, which never leaves its Secret. */
export function createSecretMarks(runnerKey: KeyObject): SecretMarks {
  const material = runnerKey.export({ type: 'pkcs8', format: 'der' });
  const key = Buffer.from(hkdfSync('sha256', material, '', 'landfall secret marks v1', 32));
  return { of: (value) => createHmac('sha256', key).update(value).digest('hex').slice(0, digits) };
}
