import { access, constants, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../contract/index.ts';
import type { RunnerConfig } from '../config.ts';

/**
 * A folder of this runner alone for saved plans and files of variables, which hold secrets: in memory where `memoryDir` can be written to, else in
 * the work folder. What a runner that was killed has left in it goes first.
 */
export async function openPrivateFolder(config: Pick<RunnerConfig, 'terraform' | 'workDir'>): Promise<string> {
  const { workDir } = config;
  const { memoryDir } = config.terraform;
  const usable =
    memoryDir !== '' &&
    (await access(memoryDir, constants.W_OK).then(
      () => true,
      () => false,
    ));
  // Of its work folder's own name: another runner on the same machine has another one.
  const own = `landfall-${sha256(workDir).slice('sha256:'.length, 'sha256:'.length + 16)}`;
  const folder = usable ? join(memoryDir, own) : join(workDir, 'private');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
