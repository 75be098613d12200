import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordingRunner } from '../testing/recording-runner.ts';
import { createHelm } from './helm.ts';

const release = { name: 'gateway', namespace: 'shop' };

function helmWith(
  answers: Parameters<typeof recordingRunner>[0] = [],
  more: Partial<Parameters<typeof createHelm>[0]> = {},
) {
  const { runProcess, calls } = recordingRunner(answers);
  const homeDir = mkdtempSync(join(tmpdir(), 'helm-test-'));
  const connection = { kind: 'kubeconfig', path: '/run/kubeconfig' } as const;
  return { helm: createHelm({ binary: '/bin/helm', homeDir, connection, runProcess, ...more }), calls, homeDir };
}

describe('the command line of helm', () => {
  it('installs or upgrades with everything said explicitly', async () => {
    const { helm, calls } = helmWith();
    await helm.upgradeInstall({
      ...release,
      chart: '/charts/gateway.tgz',
      values: [{ replicas: 2 }, { replicas: 3 }],
      timeoutMs: 90_000,
      wait: 'watcher',
      waitForJobs: true,
      createNamespace: true,
      takeOwnership: true,
      skipCrds: true,
      forceConflicts: true,
      description: '1.1.0',
      labels: { owner2: 'landfall' },
      postRenderer: { plugin: 'landfall', args: ['a b'] },
      historyMax: 5,
    });
    expect(calls[0]?.args).toEqual([
      'upgrade',
      'gateway',
      '/charts/gateway.tgz',
      '--install',
      '--reset-values',
      '--history-max=5',
      '--server-side=true',
      '--timeout=90s',
      '--wait=watcher',
      '--wait-for-jobs',
      '--force-conflicts',
      '--disable-openapi-validation',
      '--create-namespace',
      '--skip-crds',
      '--take-ownership',
      '--description=1.1.0',
      '--labels=owner2=landfall',
      '--post-renderer=landfall',
      '--post-renderer-args=a b',
      '--hide-notes',
      '--values=<file 1>',
      '--values=<file 2>',
      '--namespace=shop',
    ]);
    expect(calls[0]?.files.map((file) => file.text)).toEqual(['{"replicas":2}', '{"replicas":3}']);
  });

  it('installs what is known to be new without a look for it', async () => {
    const { helm, calls } = helmWith();
    await helm.upgradeInstall({
      ...release,
      chart: '/charts/gateway.tgz',
      isNew: true,
      timeoutMs: 1000,
      historyMax: 5,
    });
    expect(calls[0]?.args).toEqual([
      'install',
      'gateway',
      '/charts/gateway.tgz',
      '--server-side=true',
      '--timeout=1s',
      '--wait=hookOnly',
      '--disable-openapi-validation',
      '--hide-notes',
      '--namespace=shop',
    ]);
  });

  it('installs again what has failed', async () => {
    const { helm, calls } = helmWith();
    await helm.upgradeInstall({
      ...release,
      chart: '/charts/gateway.tgz',
      isNew: true,
      replace: true,
      timeoutMs: 1000,
    });
    expect(calls[0]?.args.slice(0, 4)).toEqual(['install', 'gateway', '/charts/gateway.tgz', '--replace']);
  });

  it.each([
    [
      'rolls back',
      (helm: ReturnType<typeof createHelm>) => helm.rollback({ ...release, revision: 3, timeoutMs: 1500 }),
      ['rollback', 'gateway', '3', '--server-side=true', '--timeout=2s', '--wait=hookOnly', '--history-max=10'],
    ],
    [
      'uninstalls',
      (helm: ReturnType<typeof createHelm>) => helm.uninstall({ ...release, timeoutMs: 60_000, keepHistory: true }),
      ['uninstall', 'gateway', '--ignore-not-found', '--timeout=60s', '--wait=watcher', '--keep-history'],
    ],
    [
      'tests',
      (helm: ReturnType<typeof createHelm>) => helm.test({ ...release, timeoutMs: 60_000, logs: true }),
      ['test', 'gateway', '--timeout=60s', '--logs'],
    ],
  ])('%s', async (_, act, expected) => {
    const { helm, calls } = helmWith();
    await act(helm);
    expect(calls[0]?.args).toEqual([...expected, '--namespace=shop']);
  });

  it('asks for history, status and list as JSON', async () => {
    const revision = {
      revision: 1,
      updated: '',
      status: 'deployed',
      chart: 'gateway-1.0.0',
      app_version: '',
      description: 'x',
    };
    const { helm, calls } = helmWith([
      { stdout: JSON.stringify([revision]) },
      { stdout: JSON.stringify({ ...release, version: 4, info: { status: 'failed', description: 'no' } }) },
      { stdout: JSON.stringify([{ ...release, ...revision, revision: '4' }]) },
    ]);
    expect(await helm.history({ ...release, max: 3 })).toEqual([revision]);
    expect(await helm.status(release)).toMatchObject({ revision: 4, status: 'failed' });
    expect(await helm.list({ namespace: 'shop', selector: 'a=b' })).toMatchObject([{ name: 'gateway', revision: 4 }]);
    expect(calls.map((call) => call.args)).toEqual([
      ['history', 'gateway', '--output=json', '--max=3', '--namespace=shop'],
      ['status', 'gateway', '--output=json', '--namespace=shop'],
      ['list', '--output=json', '--max=0', '--selector=a=b', '--namespace=shop'],
    ]);
  });

  it('renders hooks, tests and CRDs', async () => {
    const { helm, calls } = helmWith([{ stdout: 'kind: X' }]);
    expect(await helm.template({ ...release, chart: '/c', kubeVersion: '1.34.4', apiVersions: ['a/v1'] })).toBe(
      'kind: X',
    );
    expect(calls[0]?.args).toEqual([
      'template',
      'gateway',
      '/c',
      '--include-crds',
      '--kube-version=1.34.4',
      '--api-versions=a/v1',
      '--namespace=shop',
    ]);
  });

  it('acts as the component’s service account', async () => {
    const { helm, calls } = helmWith([], {
      impersonate: { user: 'system:serviceaccount:shop:gateway', groups: ['g'] },
    });
    await helm.uninstall({ ...release, timeoutMs: 1000 });
    expect(calls[0]?.args).toContain('--kube-as-user=system:serviceaccount:shop:gateway');
    expect(calls[0]?.args).toContain('--kube-as-group=g');
  });
});

describe('what helm gets to see', () => {
  it('has an environment of its own, without the one of this process', async () => {
    const { helm, calls, homeDir } = helmWith([], { env: { HTTPS_PROXY: 'http://proxy' }, pluginsDir: '/plugins' });
    await helm.version();
    expect(calls[0]?.request.env).toMatchObject({
      KUBECONFIG: '/run/kubeconfig',
      HELM_PLUGINS: '/plugins',
      HELM_CONFIG_HOME: `${homeDir}/config`,
      HTTPS_PROXY: 'http://proxy',
    });
    expect(Object.keys(calls[0]?.request.env ?? {})).not.toContain('npm_config_cache');
  });

  it('gets values in a file that only its owner may read and that is gone afterwards, never in argv', async () => {
    const { helm, calls } = helmWith();
    await helm.upgradeInstall({
      ...release,
      chart: '/c',
      values: [{ db: { password: 'hunter2hunter2' } }],
      timeoutMs: 1000,
    });
    const call = calls[0];
    expect(call?.files[0]?.mode).toBe(0o600);
    expect(existsSync(call?.files[0]?.path ?? '/')).toBe(false);
    expect(JSON.stringify([call?.request.args, call?.request.env])).not.toContain('hunter2');
    expect(call?.request.secrets).toEqual(['hunter2hunter2']);
  });
});

describe('when helm fails', () => {
  it('a release that does not exist is an empty history and no status', async () => {
    const failed = { exitCode: 1, tail: ['Error: release: not found'] };
    const { helm } = helmWith([failed, failed]);
    expect(await helm.history(release)).toEqual([]);
    expect(await helm.status(release)).toBeUndefined();
  });

  it.each([
    ['Error: Kubernetes cluster unreachable: connection refused', true],
    ['Error: UPGRADE FAILED: context deadline exceeded', true],
    ['Error: INSTALLATION FAILED: cannot reuse a name that is still in use', true],
    ['Error: execution error at (gateway/templates/x.yaml:1:2): port is required', false],
  ])('%s: temporary is %s', async (line, temporary) => {
    const { helm } = helmWith([{ exitCode: 1, tail: ['level=WARN msg=x', line] }]);
    const upgrade = helm.upgradeInstall({ ...release, chart: '/c', timeoutMs: 1000 });
    await expect(upgrade).rejects.toMatchObject({
      code: 'LF-ENGINES-010',
      temporary,
      message: expect.stringContaining(line.slice('Error: '.length)),
    });
  });

  it('tells why the post-renderer refused, which helm itself does not', async () => {
    const homeDir = mkdtempSync(join(tmpdir(), 'helm-test-'));
    const helm = createHelm({
      binary: '/bin/helm',
      homeDir,
      connection: { kind: 'none' },
      runProcess: async (request) => {
        writeFileSync(request.env['LANDFALL_POST_RENDERER_REPORT'] ?? '', 'image evil:1 is not pinned');
        return { exitCode: 1, stdout: '', tail: ['Error: plugin "landfall" exited with error'], durationMs: 1 };
      },
    });
    await expect(helm.upgradeInstall({ ...release, chart: '/c', timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'LF-ENGINES-011',
      message: expect.stringContaining('image evil:1 is not pinned'),
    });
  });
});
