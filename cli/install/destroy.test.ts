import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../contract/index.ts';
import { createProgram } from '../program.ts';

describe('landfall install destroy', () => {
  let dir: string;
  let file: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-destroy-'));
    file = join(dir, 'install.yaml');
    const artifact = { repository: 'landfall/runner', digest: `sha256:${'0'.repeat(64)}` };
    await writeFile(join(dir, 'key.pem'), generateKeyPair().publicKeyPem);
    const principal = 'arn:aws:iam::210987654321:role/installer';
    await writeFile(
      file,
      JSON.stringify({
        install: 'acme',
        product: 'streaming',
        account: '123456789012',
        region: 'eu-central-1',
        access: { principal, externalId: 'a-random-external-id-0123456789', expiresAt: '2090-01-01T00:00:00Z' },
        controlPlane: { url: 'https://control-plane.example' },
        vendorRegistry: { host: 'registry.example' },
        runner: { image: artifact, chart: artifact },
        trust: { releaseKeyFiles: ['key.pem'], desiredStateKeyFiles: ['key.pem'] },
      }),
    );
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const destroy = (...args: string[]): Promise<unknown> =>
    createProgram().parseAsync(['install', 'destroy', '--file', file, ...args], { from: 'user' });

  it('stops without a terminal to ask on, unless --yes was given', async () => {
    expect(process.stdin.isTTY).not.toBe(true);
    await expect(destroy()).rejects.toMatchObject({ code: 'LF-TEARDOWN-001' });
  });

  it('takes no word of --keep that it does not know', async () => {
    await expect(destroy('--keep', 'registry,everything', '--yes')).rejects.toMatchObject({
      code: 'LF-TEARDOWN-006',
      message: '--keep takes registry, state, volumes, not "everything"',
    });
  });
});

it.each(['plan', 'status', 'destroy'])(
  'landfall install %s says whose credentials it wants, or that it only reads',
  (verb) => {
    const install = createProgram().commands.find((command) => command.name() === 'install');
    const help = install?.commands.find((command) => command.name() === verb)?.helpInformation() ?? '';
    expect(help).toMatch(/credentials|changes nothing/);
    expect(help).toContain('--file <file>');
    expect(help).toContain('--json');
  },
);
