import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';

/** Runs a short command of the host (ip, ctr ...) and returns what it printed. */
export async function hostCommand(file: string, args: string[]): Promise<string> {
  const result = await execa(file, args, { reject: false, all: true, stdin: 'ignore', timeout: 30_000 });
  if (!result.failed) return result.stdout;
  const reason = (result.all ?? '').trim() || result.message || 'no output';
  throw new LandfallError('LF-DEV-008', `\`${file} ${args.join(' ')}\` failed: ${reason}`, { cause: result.cause });
}
