import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../contract/index.ts';
import { noteSkipped } from '../../dev/index.ts';

const root = join(import.meta.dirname, '../..');
const dir = mkdtempSync(join(tmpdir(), 'landfall-disk-'));
const workDir = join(dir, 'work');

/** A file system of its own, with room for few files; false where this machine does not let us mount one. */
function mountSmall(): boolean {
  try {
    mkdirSync(workDir);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,nr_inodes=64', 'tmpfs', workDir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const mounted = mountSmall();
if (!mounted) noteSkipped('the right to mount a tmpfs (root)');

describe.skipIf(!mounted)('a runner whose disk is full', () => {
  let runner: ChildProcess | null = null;
  let output = '';
  afterAll(() => {
    runner?.kill('SIGKILL');
    if (mounted) execFileSync('umount', ['-l', workDir]);
    rmSync(dir, { recursive: true, force: true });
  });

  /** With files of this folder, until there is room for no other one. */
  const fill = (folder: string): void => {
    mkdirSync(folder, { recursive: true });
    expect(() => {
      for (let n = 1000; ; n++) writeFileSync(join(folder, `${n}.tgz`), 'x');
    }).toThrow('ENOSPC');
  };
  const start = (): ChildProcess => {
    const config = join(dir, 'config.json');
    const kubeconfig = join(dir, 'kubeconfig');
    const token = { name: 'u', user: { token: 't' } };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
        users: [token],
      }),
    );
    const key = generateKeyPair().publicKeyPem;
    writeFileSync(
      config,
      JSON.stringify({
        install: { id: 'acme', product: 'shop', region: 'r', account: '1', cluster: 'lf-acme', prefix: 'lf-acme' },
        registry: { host: 'registry.test', prefix: 'lf-acme' },
        state: { bucket: 'b', region: 'r' },
        controlPlane: { url: 'http://127.0.0.1:1' },
        vendorRegistry: { host: 'registry.vendor.test' },
        trust: { releaseKeys: [key], desiredStateKeys: [key] },
        aws: { podIdentity: { credentialsUri: 'http://127.0.0.1:1/v1/credentials', tokenFile: '/nonexistent' } },
        kubernetes: { kind: 'kubeconfig', path: kubeconfig },
        workDir,
        health: null,
      }),
    );
    const child = spawn(process.execPath, ['--import', 'tsx', 'runner/main.ts'], {
      cwd: root,
      env: { PATH: '/usr/bin:/bin', LANDFALL_CONFIG: config },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    return child;
  };
  const soon = { timeout: 60_000, interval: 100 };

  it('waits for room and does not end; what can be fetched again makes some, and it goes on by itself', async () => {
    const kept = join(workDir, 'terraform', 'bucket', 'errored');
    const charts = join(workDir, 'charts');
    fill(kept);
    runner = start();
    await expect.poll(() => output, soon).toContain('LF-RUNNER-020');
    expect(output).toContain('ENOSPC');
    expect([runner.exitCode, output.includes('waiting for the lease')]).toEqual([null, false]);
    // Somebody makes room, and charts of an earlier runner take it all again.
    for (const name of readdirSync(kept).slice(1)) rmSync(join(kept, name));
    fill(charts);
    await expect.poll(() => output, soon).toContain('waiting for the lease');
    expect([runner.exitCode, readdirSync(charts), readdirSync(kept)]).toEqual([null, [], ['1000.tgz']]);
  });
});
