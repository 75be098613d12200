import type { BuildOptions } from './build-tool.ts';
import { moto } from './pins.ts';
import { ensurePackagedTool } from './packaged-tool.ts';

/** The path of `moto_server`. */
export function ensureMoto(options: BuildOptions): Promise<string> {
  return ensurePackagedTool(moto, options);
}
