import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { LandfallError, localSigner, parseValue, platformNameSchema } from '../../contract/index.ts';
import { buildRelease, createBuildEngines } from '../../release/index.ts';
import { config } from '../config.ts';
import { baseLayerOfThisVersion } from './base-layer.ts';
import { openSources } from './sources.ts';
import { findTool } from '../host/find-tool.ts';
import { createOutput } from '../host/output.ts';

type Options = {
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

export function registerReleaseBuild(release: Command): void {
  release
    .command('build')
    .description('pack, pin and sign everything that landfall.yaml names')
    .requiredOption('--version <version>', 'semantic version of the release')
    .requiredOption('--key <file>', "the pipeline's private key (PEM); see `keys generate`")
    .option('--file <file>', 'the product file', 'landfall.yaml')
    .option('--out <folder>', 'OCI layout that the release is put into', '.landfall/release')
    .option('--work-dir <folder>', 'scratch, and what takes long to make', '.landfall')
    .option('--platform <os/architecture...>', 'what the release must run on, instead of `platforms` in the file')
    .option('--authfile <file>', "logins of registries and chart repositories; default: Podman's and Docker's own")
    .option('--ca <file>', 'PEM of authorities believed beside the public ones')
    .option('--json', 'the result as JSON')
    .action(run);
}

async function run(options: Options): Promise<void> {
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
  const engines = await createBuildEngines({ helm, tofu, cacheDir });
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
