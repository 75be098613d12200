import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LandfallError, localSigner, parseValue, platformNameSchema } from '../../contract/index.ts';
import { byWayOut } from '../../install/index.ts';
import { buildRelease, createBuildEngines } from '../../release/index.ts';
import { config } from '../config.ts';
import { baseLayerOfThisVersion } from './base-layer.ts';
import { openSources } from './sources.ts';
import { findTool } from '../host/find-tool.ts';
import { createOutput } from '../host/output.ts';
import { wayOutOfEnvironment } from '../host/way-out.ts';

export type ReleaseBuildOptions = {
  file: string;
  version: string;
  key: string;
  out: string;
  workDir: string;
  platform?: string[];
  authfile?: string;
  ca?: string;
  json?: boolean;
};

export async function runBuild(options: ReleaseBuildOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const providersDir = config.providerMirror();
  if (providersDir === undefined) throw new LandfallError('LF-CLI-002', 'LANDFALL_TF_PLUGINS is not set');
  const signer = localSigner(await readFile(options.key, 'utf8'));
  const cacheDir = resolve(options.workDir, 'build');
  const path = config.path();
  const tofu = await findTool(['tofu', 'terraform'], config.tofu(), path);
  const helm = await findTool(['helm'], config.helm(), path);
  const platforms = options.platform?.map((each) => parseValue(each, platformNameSchema, '--platform'));
  const sources = await openSources(options);
  const wayOut = await wayOutOfEnvironment();
  const engines = await createBuildEngines({ helm, tofu, cacheDir, around: (run) => byWayOut(run, wayOut) });
  try {
    const { release, digest, layoutDir } = await buildRelease({
      productFile: options.file,
      version: options.version,
      outDir: options.out,
      signer,
      ...engines,
      ...sources,
      ...(platforms === undefined ? {} : { platforms }),
      providersDir: resolve(providersDir),
      cacheDir,
      baseLayer: () => baseLayerOfThisVersion(cacheDir),
      say: (line) => output.progress('build', line),
    });
    const summary = {
      product: release.product,
      version: release.version,
      digest,
      layout: layoutDir,
      keyId: signer.keyId,
    };
    output.result(summary, [
      `release  ${release.product} ${release.version}`,
      `digest   ${digest}`,
      `layout   ${layoutDir}`,
      `signed   ${signer.keyId}`,
    ]);
  } finally {
    engines.close();
    await sources.close();
  }
}
