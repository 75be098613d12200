import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';

/**
 * The command reads rendered manifests on stdin (hooks and tests included) and writes them to stdout. To refuse, it writes
 * the reason into the file that LANDFALL_POST_RENDERER_REPORT names and exits with another code than 0.
 */
export type PostRendererCommand = {
  readonly command: string;
  readonly args?: readonly string[];
  readonly name?: string;
};

/**
 * Lays out `pluginsDir` (for HELM_PLUGINS) with one Helm 4 plugin of type postrenderer/v1. Returns the name for --post-renderer.
 * Format: helm.sh/helm/v4 internal/plugin/metadata_v1.go and runtime_subprocess.go.
 */
export async function writePostRendererPlugin(pluginsDir: string, renderer: PostRendererCommand): Promise<string> {
  const name = renderer.name ?? 'landfall';
  for (const part of [renderer.command, ...(renderer.args ?? [])]) {
    // Helm expands $VARIABLES in both and splits the command at spaces; refuse what would not arrive as it was given.
    if (part.includes('$'))
      throw new LandfallError('LF-ENGINES-000', `A post-renderer's command cannot hold "$": ${part}`);
  }
  if (/\s/.test(renderer.command)) {
    throw new LandfallError('LF-ENGINES-000', `A post-renderer's command cannot hold spaces: ${renderer.command}`);
  }
  const dir = join(pluginsDir, name);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const manifest = {
    apiVersion: 'v1',
    type: 'postrenderer/v1',
    name,
    version: '0.1.0',
    runtime: 'subprocess',
    runtimeConfig: { platformCommand: [{ command: renderer.command, args: renderer.args ?? [] }] },
  };
  // JSON is YAML.
  await writeFile(join(dir, 'plugin.yaml'), `${JSON.stringify(manifest, null, 2)}\n`);
  return name;
}
