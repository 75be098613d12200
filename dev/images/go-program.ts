import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';

/** Builds a static Go program; the same sources, version and compiler give the same bytes. */
export async function buildGoProgram(options: {
  moduleDir: string;
  package: string;
  version: string;
  output: string;
}): Promise<void> {
  const { moduleDir, version, output } = options;
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w -X main.version=${version}`];
  const result = await execa('go', ['build', ...flags, '-o', output, options.package], {
    cwd: moduleDir,
    env: { CGO_ENABLED: '0', GOOS: 'linux', GOFLAGS: '', GOWORK: 'off' },
    stdin: 'ignore',
    reject: false,
    all: true,
  });
  if (!result.failed) return;
  const tail = (result.all ?? result.message ?? '').split('\n').slice(-15).join('\n');
  throw new LandfallError('LF-DEV-002', `building ${options.package} ${version} with go failed:\n${tail}`, {
    cause: result.cause,
  });
}
