import { join } from 'node:path';
import { type Clock, systemClock } from '../../contract/index.ts';
import { type DevConfig, readDevConfig } from '../config.ts';

export type ImageOptions = { say: (line: string) => void; config?: DevConfig; clock?: Clock };

export type ImageContext = Required<ImageOptions> & {
  /** Where packed layers, programs and products are kept; each by the digest of what it is made of. */
  imagesDir: string;
};

export function imageContext(options: ImageOptions): ImageContext {
  const config = options.config ?? readDevConfig();
  return { ...options, config, clock: options.clock ?? systemClock, imagesDir: join(config.cacheDir, 'images') };
}
