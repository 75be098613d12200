import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Clock, LandfallError } from '../../contract/index.ts';
import type { DevConfig } from '../config.ts';
import { withBuildLock } from './build-lock.ts';
import { cachedPath, isExecutable } from './find-tool.ts';
import type { GoTool } from './pins.ts';

const toolsDir = fileURLToPath(new URL('../../tools', import.meta.url));

export type BuildOptions = { config: DevConfig; clock: Clock; say: (line: string) => void };

/** Builds a tool into the cache: under a lock, into a temporary name, so that a half-built binary is never found. */
export async function buildTool(tool: GoTool<string>, { config, clock, say }: BuildOptions): Promise<string> {
  const target = cachedPath(tool, config);
  const folder = dirname(target);
  const lock = { clock, onWait: (pid: number) => say(`waiting for process ${pid}, which builds ${tool.name}`) };
  return withBuildLock(join(folder, '.lock'), lock, async () => {
    if (await isExecutable(target)) return target;
    await removeLeftovers(folder);
    const temporary = join(folder, `.tmp-${process.pid}`);
    const startedAt = clock.now().getTime();
    const place = tool.architecture === undefined ? '' : ` for ${tool.architecture}`;
    say(`building ${tool.name} ${tool.version}${place}, about ${tool.seconds} s on 2 cores ...`);
    const building = new AbortController();
    const progress = tellProgress(tool, { clock, say, signal: building.signal });
    try {
      await goBuild(tool, temporary);
      await rename(temporary, target);
    } finally {
      building.abort();
      await progress;
      await rm(temporary, { force: true });
    }
    say(`built ${tool.name} ${tool.version} in ${Math.round((clock.now().getTime() - startedAt) / 1000)} s`);
    return target;
  });
}

/** What an interrupted build left; the lock says that nobody is building here now. */
async function removeLeftovers(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = await readdir(folder);
  for (const file of files.filter((name) => name.startsWith('.tmp-'))) await rm(join(folder, file), { force: true });
}

async function tellProgress(
  tool: GoTool<string>,
  { clock, say, signal }: { clock: Clock; say: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  for (let seconds = 15; !signal.aborted; seconds += 15) {
    const passed = await clock.sleep(15_000, signal).then(
      () => true,
      () => false,
    );
    if (passed) say(`building ${tool.name}: ${seconds} s of about ${tool.seconds} s`);
  }
}

async function goBuild(tool: GoTool<string>, output: string): Promise<void> {
  const args = ['build', '-trimpath', '-ldflags', `-s -w ${tool.ldflags}`, '-o', output, tool.package];
  const result = await execa('go', args, {
    cwd: join(toolsDir, tool.module),
    env: {
      CGO_ENABLED: '0',
      GOFLAGS: '-buildvcs=false',
      GOWORK: 'off',
      ...(tool.architecture === undefined ? {} : { GOOS: 'linux', GOARCH: tool.architecture }),
    },
    stdin: 'ignore',
    reject: false,
    all: true,
    maxBuffer: 1_000_000,
  });
  if (!result.failed) return;
  const tail = (result.all ?? result.message ?? '').split('\n').slice(-15).join('\n');
  throw new LandfallError('LF-DEV-002', `building ${tool.name} ${tool.version} with go failed:\n${tail}`, {
    cause: result.cause,
  });
}
