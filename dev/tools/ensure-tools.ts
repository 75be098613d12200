import type { BuildOptions } from './build-tool.ts';
import { buildTool } from './build-tool.ts';
import { findTool } from './find-tool.ts';
import { type Architecture, ownArchitecture, type ToolName, goTools, toolFor } from './pins.ts';

/** Finds each named tool, building what is missing one after the other; the result tells a tool's path. Default architecture: this machine's. */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: BuildOptions & { architecture?: Architecture },
): Promise<(name: Name) => string> {
  const paths = new Map<string, string>();
  for (const pin of goTools.filter(({ name }) => names.some((wanted) => name === wanted))) {
    const tool = toolFor(pin, options.architecture ?? ownArchitecture);
    const found = await findTool(tool, options.config);
    paths.set(tool.name, found?.path ?? (await buildTool(tool, options)));
  }
  return (name) => {
    const path = paths.get(name);
    if (path === undefined) throw new Error(`${name} was not asked for`);
    return path;
  };
}
