import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../../dev/config.ts';
import { bundle } from '../../dev/images/bundle.ts';
import { buildTool } from '../../dev/tools/build-tool.ts';
import { findInPath, findTool } from '../../dev/tools/find-tool.ts';
import type { GoTool } from '../../dev/tools/pins.ts';
import { bareSockets, crane, landfallCli, landfallEngine, type MirrorTool, regctl, regsync, skopeo } from './tools.ts';
import { watchProcess } from './watch-process.ts';

const regclient = { version: 'v0.11.7', module: 'regclient', seconds: 10, ldflags: '', versionArgs: ['version'] };

/** Built from tools/ for this bench alone; tests and CI never ask for them. */
const pins: readonly (GoTool<string> & { make: (binary: string) => MirrorTool })[] = [
  {
    name: 'crane',
    version: 'v0.22.1',
    module: 'crane',
    package: 'github.com/google/go-containerregistry/cmd/crane',
    ldflags: '',
    seconds: 10,
    versionArgs: ['version'],
    make: crane,
  },
  { ...regclient, name: 'regctl', package: 'github.com/regclient/regclient/cmd/regctl', make: regctl },
  { ...regclient, name: 'regsync', package: 'github.com/regclient/regclient/cmd/regsync', make: regsync },
];

export type Tools = {
  tools: readonly MirrorTool[];
  /** Which version of what. */
  versions: Record<string, string>;
  /** Peers that are not here, and why: they stand in the result by name. */
  missing: readonly string[];
};

/** Everything that is measured: our two programs, bundled into `dir`, and the peers that can be had. */
export async function findTools(dir: string, say: (line: string) => void): Promise<Tools> {
  const config = readDevConfig();
  const [versions, missing]: [Record<string, string>, string[]] = [{}, []];
  const tools = await ourTools(dir);
  for (const { make, ...pin } of pins) {
    try {
      const found = await findTool(pin, config);
      tools.push(make(found?.path ?? (await buildTool(pin, { config, clock: systemClock, say }))));
      versions[pin.name] = found?.version ?? pin.version;
    } catch (error) {
      missing.push(`${pin.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    }
  }
  const distributed = await findInPath('skopeo', config);
  if (distributed === undefined) missing.push('skopeo: not in PATH (Debian: apt-get install skopeo)');
  else {
    tools.push(skopeo(distributed));
    const { stdout } = await watchProcess({ command: distributed, args: ['--version'] }, 10_000);
    versions['skopeo'] = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown';
  }
  return { tools, versions, missing };
}

async function ourTools(dir: string): Promise<MirrorTool[]> {
  const files = await bundle({
    what: 'the command line',
    entryPoints: {
      landfall: 'cli/main.ts',
      engine: 'bench/mirror/engine-child.ts',
      loopback: 'bench/mirror/loopback-child.ts',
      bare: 'bench/mirror/bare-child.ts',
    },
    forbidden: /^(dev|test)\//,
    // Only the stacks' commands would load it.
    external: ['*/synth.ts', 'cdktf', 'constructs', '@cdktf/*'],
    splitting: true,
  });
  for (const { name, bytes } of files) await writeFile(join(dir, name), bytes);
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  const cli = join(dir, 'landfall.js');
  return [
    landfallCli(cli, true),
    landfallCli(cli, false),
    landfallEngine(join(dir, 'engine.js')),
    bareSockets(join(dir, 'bare.js')),
  ];
}
