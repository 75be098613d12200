import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export type ImageBlob = { mediaType: string; digest: string; size: number; bytes: Buffer };
export type SmallImage = { manifest: ImageBlob; config: ImageBlob; layer: ImageBlob };

const applets = ['sh', 'sleep', 'httpd', 'ls', 'cat', 'wget', 'nc', 'echo', 'nslookup', 'ip', 'env', 'hostname', 'id'];

/** An OCI image of one layer: the machine's static busybox, and files. */
export async function buildBusyboxImage(options: {
  busybox: string;
  command: string[];
  files?: Record<string, string>;
}): Promise<SmallImage> {
  const tar = pack();
  const mtime = new Date(0);
  for (const name of ['bin/', 'etc/', 'tmp/'])
    tar.entry({ name, type: 'directory', mode: name === 'tmp/' ? 0o1777 : 0o755, mtime });
  tar.entry({ name: 'bin/busybox', mode: 0o755, mtime }, await readFile(options.busybox));
  for (const applet of applets) tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mtime });
  for (const [name, text] of Object.entries(options.files ?? {})) tar.entry({ name, mode: 0o644, mtime }, text);
  tar.finalize();
  const layer = blob('application/vnd.oci.image.layer.v1.tar', await buffer(tar));
  const config = jsonBlob('application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: options.command, Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = jsonBlob(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe(config),
    layers: [describe(layer)],
  });
  return { manifest, config, layer };
}

/** The image as the tar archive of an OCI layout, as `ctr images import` reads it. */
export async function archiveImage(image: SmallImage, name: string): Promise<Buffer> {
  const tar = pack();
  const index = {
    schemaVersion: 2,
    manifests: [{ ...describe(image.manifest), annotations: { 'io.containerd.image.name': name } }],
  };
  tar.entry({ name: 'oci-layout' }, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  tar.entry({ name: 'index.json' }, JSON.stringify(index));
  for (const { digest, bytes } of Object.values(image)) {
    tar.entry({ name: `blobs/sha256/${digest.slice('sha256:'.length)}` }, bytes);
  }
  tar.finalize();
  return buffer(tar);
}

function jsonBlob(mediaType: string, value: unknown): ImageBlob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)));
}

function blob(mediaType: string, bytes: Buffer): ImageBlob {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType, digest, size: bytes.length, bytes };
}

function describe({ mediaType, digest, size }: ImageBlob): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest, size };
}
