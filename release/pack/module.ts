import { join } from 'node:path';
import { type Artifact, LandfallError, mediaTypes } from '../../contract/index.ts';
import { findStateSettings } from '../../engines/index.ts';
import { directoryEntries, type Layout, packArtifact, writeTar } from '../../oci/index.ts';
import { isShown, storeArtifact } from './stored-artifact.ts';

/** Packs a Terraform module's folder; provider caches and lock files (hidden files) stay out, state is refused. */
export async function packModule(
  layout: Layout,
  options: { dir: string; repository: string; scratchDir: string },
): Promise<Artifact> {
  const { dir, repository, scratchDir } = options;
  const entries = await directoryEntries(dir, { include: isShown }).catch((cause: unknown) => {
    throw new LandfallError('LF-RELEASE-004', `the module ${dir} cannot be packed`, { cause });
  });
  if (!entries.some(({ path }) => /^[^/]+\.(tf|tofu)(\.json)?$/.test(path))) {
    throw new LandfallError('LF-RELEASE-004', `${dir} is no Terraform module: it holds no .tf file`);
  }
  const state = entries.find(({ path }) => /\.tfstate(\.|$)|\.tfvars(\.json)?$/.test(path));
  if (state !== undefined) {
    throw new LandfallError('LF-RELEASE-004', `${dir} holds ${state.path}, which does not belong in a release`);
  }
  const setting = await findStateSettings(dir);
  if (setting !== null) {
    const message = `the module ${dir} holds ${setting.file}: ${setting.why}. Where states are is the runner's`;
    throw new LandfallError('LF-RELEASE-017', message);
  }
  const { path } = await writeTar(join(scratchDir, 'module.tgz'), entries);
  const artifact = await packArtifact({
    artifactType: mediaTypes.module,
    layers: [{ mediaType: mediaTypes.module, path }],
  });
  return storeArtifact(layout, artifact, repository);
}
