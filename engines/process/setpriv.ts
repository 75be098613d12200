import { execa } from 'execa';

const places = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv'];

/** The util-linux `setpriv` that knows --pdeathsig (busybox has one that does not), or undefined. */
export async function findSetpriv(candidates: readonly string[] = places): Promise<string | undefined> {
  for (const candidate of candidates) {
    const probe = await execa(candidate, ['--help'], { reject: false, extendEnv: false, env: {} });
    if (probe.exitCode === 0 && probe.stdout.includes('--pdeathsig')) return candidate;
  }
  return undefined;
}
