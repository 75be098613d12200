import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export type CliConfig = {
  /** Folder laid out as <host>/<namespace>/<type>/<version>/<os>_<arch>/ (or with packed zips). */
  filesystemMirror: string;
};

/**
 * A CLI configuration for OpenTofu and Terraform in which providers come from the folder and from nowhere else: without a
 * `direct` block a provider that is not there is an error, never a download.
 */
export async function writeCliConfig(path: string, config: CliConfig): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const text = `disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path = ${JSON.stringify(config.filesystemMirror)}
  }
}
`;
  await writeFile(path, text, { mode: 0o600 });
}
