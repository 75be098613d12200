import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { ArchiveEntry } from '../../oci/index.ts';
import { type Architecture, ownArchitecture } from '../tools/index.ts';
import { debianLibraries } from './debian-libraries.ts';
import { nodePackage } from './node-package.ts';
import type { ImageContext } from './options.ts';
import { requireMachine } from './require-machine.ts';
import { sharedLibraries } from './shared-libraries.ts';

/** Node, its libraries, users, certificates: what every image of ours begins with. */
export async function nodeLayer(architecture: Architecture, context: ImageContext): Promise<ArchiveEntry[]> {
  const folder = await nodePackage(architecture, context);
  const node = join(folder, 'bin/node');
  const licence = join(folder, 'LICENSE');
  return [
    await program('node', node, architecture),
    ...(await (architecture === ownArchitecture ? sharedLibraries(node) : debianLibraries(architecture, context))),
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

/** Refused when it is for another processor than the image. */
export async function program(name: string, source: string, architecture: Architecture): Promise<ArchiveEntry> {
  await requireMachine(source, architecture);
  return { kind: 'file', path: `usr/local/bin/${name}`, source, size: (await stat(source)).size, mode: 0o755 };
}

export function file(path: string, text: string): ArchiveEntry {
  return { kind: 'file', path, bytes: Buffer.from(text), mode: 0o644 };
}
