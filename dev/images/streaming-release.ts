import { join } from 'node:path';
import { systemClock, type Signer } from '../../contract/index.ts';
import { createHelm, createProcessRunner, createTofu, findSetpriv } from '../../engines/index.ts';
import { type BuildTools, type BuiltRelease, buildRelease } from '../../release/index.ts';
import { ensureTools, requireAwsProvider } from '../tools/index.ts';
import { imageContext, type ImageOptions } from './options.ts';
import { prepareStreaming, type StreamingVersion } from './streaming-product.ts';

/** What `release build` works with, from this machine's tools. */
export async function releaseTools(options: ImageOptions): Promise<BuildTools> {
  const context = imageContext(options);
  const tool = await ensureTools(['helm', 'tofu'], context);
  const { mirrorDir } = await requireAwsProvider(context.config);
  const cacheDir = join(context.config.cacheDir, 'releases');
  const runProcess = createProcessRunner({ clock: systemClock, setpriv: await findSetpriv() });
  return {
    helm: createHelm({
      binary: tool('helm'),
      homeDir: join(cacheDir, 'helm'),
      connection: { kind: 'none' },
      runProcess,
    }),
    tofu: (folders) => createTofu({ binary: tool('tofu'), runProcess, ...folders }),
    registries: () => undefined,
    providersDir: mirrorDir,
    cacheDir,
    say: context.say,
  };
}

/** A release of examples/streaming, built by the product's own packager. Several versions may share one layout. */
export async function buildStreamingRelease(
  version: StreamingVersion,
  options: ImageOptions & { outDir: string; signer: Signer },
): Promise<BuiltRelease> {
  const productDir = await prepareStreaming(version, options);
  return buildRelease({
    ...(await releaseTools(options)),
    productFile: join(productDir, 'landfall.yaml'),
    version,
    outDir: options.outDir,
    signer: options.signer,
  });
}
