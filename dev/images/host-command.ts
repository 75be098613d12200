import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';

/** Runs a command of this machine to its end; what it prints on stdout, or LF-DEV-008 with what it said. */
export async function hostCommand(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const result = await execa(file, args, {
    stdin: 'ignore',
    reject: false,
    env: { LC_ALL: 'C' },
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (!result.failed) return result.stdout;
  const said = (result.stderr || result.message || '').split('\n').slice(-5).join('\n');
  throw new LandfallError('LF-DEV-008', `${[file, ...args].join(' ')} failed: ${said}`);
}
