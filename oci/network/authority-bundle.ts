import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { writeAtomically } from '../write-atomically.ts';

/**
 * For children: one file in `dir` with the public authorities and `pem`, and the variables that name it. Go's programs read the first, the
 * AWS SDKs in all languages the second; either replaces a program's own list. Another process of ours may write the same one (the census does)
 * while an engine reads it: it is there as a whole at any time.
 */
export async function writeAuthorityBundle(dir: string, pem: string): Promise<Record<string, string>> {
  const path = join(dir, 'ca-bundle.pem');
  await writeAtomically(path, [...rootCertificates, pem, ''].join('\n'));
  return { SSL_CERT_FILE: path, AWS_CA_BUNDLE: path };
}
