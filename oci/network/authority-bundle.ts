import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

/**
 * For children: one file in `dir` with the public authorities and `pem`, and the variables that name it. Go's programs read the first, the
 * AWS SDKs in all languages the second; either replaces a program's own list. Written before any child of this process runs.
 */
export async function writeAuthorityBundle(dir: string, pem: string): Promise<Record<string, string>> {
  const path = join(dir, 'ca-bundle.pem');
  await writeFile(path, [...rootCertificates, pem, ''].join('\n'));
  return { SSL_CERT_FILE: path, AWS_CA_BUNDLE: path };
}
