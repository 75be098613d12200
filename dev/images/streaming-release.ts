import { join } from 'node:path';
import type { Signer } from '../../contract/index.ts';
import { type BuiltRelease, buildRelease, createBuildEngines } from '../../release/index.ts';
import { ensureTools, requireAwsProvider } from '../tools/index.ts';
import { imageContext, type ImageOptions } from './options.ts';
import { prepareStreaming, type StreamingVersion } from './streaming-product.ts';

/** A release of examples/streaming, built by the product's own packager. Several versions may share one layout. */
export async function buildStreamingRelease(
  version: StreamingVersion,
  options: ImageOptions & { outDir: string; signer: Signer },
): Promise<BuiltRelease> {
  const context = imageContext(options);
  const productDir = await prepareStreaming(version, options);
  const tool = await ensureTools(['helm', 'tofu'], context);
  const { mirrorDir } = await requireAwsProvider(context.config);
  const cacheDir = join(context.config.cacheDir, 'releases');
  const engines = await createBuildEngines({ helm: tool('helm'), tofu: tool('tofu'), cacheDir });
  try {
    return await buildRelease({
      ...engines,
      productFile: join(productDir, 'landfall.yaml'),
      version,
      outDir: options.outDir,
      signer: options.signer,
      // Everything the example needs is in its folder: no registry is asked.
      registries: () => undefined,
      providersDir: mirrorDir,
      cacheDir,
      say: context.say,
    });
  } finally {
    engines.close();
  }
}
