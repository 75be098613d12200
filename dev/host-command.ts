import { execa } from 'execa';
import { LandfallError } from '../contract/index.ts';

/** Runs a command of the host (ip, ctr, dpkg ...) and returns what it printed on stdout, or LF-DEV-008 with what it said. `timeoutMs` 0: no limit. */
export async function hostCommand(
  file: string,
  args: readonly string[],
  { timeoutMs = 30_000, cwd }: { timeoutMs?: number; cwd?: string } = {},
): Promise<string> {
  const result = await execa(file, args, {
    ...{ reject: false, all: true, stdin: 'ignore', timeout: timeoutMs, env: { LC_ALL: 'C' } },
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (!result.failed) return result.stdout;
  const reason = (result.all ?? '').trim() || result.message || 'no output';
  throw new LandfallError('LF-DEV-008', `\`${file} ${args.join(' ')}\` failed: ${reason}`, { cause: result.cause });
}
