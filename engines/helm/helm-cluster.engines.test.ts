import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import {
  type Cluster,
  type Ground,
  openGround,
  requireEngines,
  simulatedCluster,
  startCluster,
} from '../../dev/index.ts';
import { createProcessRunner } from '../process/process-runner.ts';
import { decodeHelmRelease } from './decode-release.ts';
import { createHelm, type Helm } from './helm.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: "{{ .Values.colour }}" }
{{- with .Values.typo }}
{{ . }}: { colour: red }
{{- end }}
`;
/** Nothing makes this true: an upgrade that waits for it hangs. */
const never = `{{- if .Values.hang }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: never }
spec: { accessModes: [ReadWriteOnce], storageClassName: nowhere, resources: { requests: { storage: 1Gi } } }
{{- end }}
`;

describe.skipIf(!engines.available)('helm on a real API server', () => {
  const dir = mkdtempSync(join(tmpdir(), 'helm-cluster-'));
  const chart = join(dir, 'chart');
  const release = { name: 'app', namespace: 'shop' };
  let ground: Ground;
  let cluster: Cluster;
  const helmAs = (impersonate?: { user: string }): Helm =>
    createHelm({
      binary: engines.path('helm'),
      homeDir: join(dir, 'home'),
      connection: { kind: 'kubeconfig', path: cluster.adminKubeconfigPath },
      runProcess: createProcessRunner({ clock: systemClock }),
      ...(impersonate === undefined ? {} : { impersonate }),
    });
  const apply = (colour: string, more: Partial<Parameters<Helm['upgradeInstall']>[0]> = {}) => ({
    ...release,
    chart,
    values: [{ colour }],
    timeoutMs: 30_000,
    createNamespace: true,
    labels: { 'landfall.test/owned': 'yes' },
    ...more,
  });

  beforeAll(async () => {
    mkdirSync(join(chart, 'templates'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n');
    writeFileSync(join(chart, 'templates', 'settings.yaml'), configMap);
    writeFileSync(join(chart, 'templates', 'never.yaml'), never);
    ground = await openGround({ nodes: 'kwok', say: () => undefined });
    cluster = await startCluster(ground);
  });
  afterAll(() => ground.close());

  it('installs, upgrades, tells, rolls back and removes', async () => {
    const helm = helmAs();
    expect(await helm.status(release)).toBeUndefined();
    await helm.upgradeInstall(apply('red', { wait: 'watcher', waitForJobs: true, description: 'first' }));
    await helm.upgradeInstall(apply('blue', { forceConflicts: true, takeOwnership: true }));
    expect(await helm.history(release)).toMatchObject([
      { revision: 1, status: 'superseded', description: 'first' },
      { revision: 2, status: 'deployed' },
    ]);
    expect(await helm.list({ namespace: 'shop', selector: 'landfall.test/owned=yes' })).toMatchObject([
      { name: 'app', revision: 2, status: 'deployed' },
    ]);
    await helm.rollback({ ...release, revision: 1, timeoutMs: 30_000, wait: 'watcher' });
    expect(await helm.status(release)).toMatchObject({ revision: 3, status: 'deployed' });

    const secret = await cluster.admin.call('GET', '/api/v1/namespaces/shop/secrets/sh.helm.release.v1.app.v3');
    const { data } = z.object({ data: z.object({ release: z.string() }) }).parse(secret.body);
    expect(decodeHelmRelease(data.release)).toMatchObject({
      name: 'app',
      version: 3,
      config: { colour: 'red' },
      manifest: expect.stringContaining('colour: "red"'),
      apply_method: 'ssa',
      info: { rollback_revision: 1 },
    });
    await helm.uninstall({ ...release, timeoutMs: 30_000 });
    await helm.uninstall({ ...release, timeoutMs: 30_000 });
    expect(await helm.history(release)).toEqual([]);
  });

  it('installs what is new as it would otherwise, and changes nothing where somebody else was first', async () => {
    const helm = helmAs();
    const fresh = { name: 'fresh', namespace: 'shop' };
    const [revisions, other] = [async () => helm.history(fresh), { name: 'other', namespace: 'shop' }];
    await helm.upgradeInstall({ ...apply('red', { isNew: true, description: 'first' }), ...fresh });
    const installed = await revisions();
    expect(installed).toMatchObject([{ revision: 1, status: 'deployed', description: 'first' }]);
    const again = helm.upgradeInstall({ ...apply('blue', { isNew: true }), ...fresh });
    await expect(again).rejects.toMatchObject({ code: 'LF-ENGINES-010', temporary: true });
    expect(await revisions()).toEqual(installed);
    expect(await helm.list({ namespace: 'shop', selector: 'landfall.test/owned=yes' })).toMatchObject([fresh]);
    await helm.uninstall({ ...fresh, timeoutMs: 30_000 });
    const over = { ...apply('blue', { isNew: true, replace: true }), ...other };
    // One that fails leaves a record that the next apply goes on from.
    const typo = { ...apply('red', { isNew: true, values: [{ colour: 'red', typo: 'dtaa' }] }), ...other };
    await expect(helm.upgradeInstall(typo)).rejects.toMatchObject({ code: 'LF-ENGINES-010', temporary: false });
    expect(await helm.status(other)).toMatchObject({ revision: 1, status: 'failed' });
    await helm.upgradeInstall(over);
    expect(await helm.history(other)).toMatchObject([
      { revision: 1, status: 'failed' },
      { revision: 2, status: 'deployed', description: 'Install complete' },
    ]);
    await expect(helm.upgradeInstall(over)).rejects.toMatchObject({ code: 'LF-ENGINES-010', temporary: true });
    await helm.upgradeInstall({ ...apply('red'), ...other });
    expect(await helm.status(other)).toMatchObject({ revision: 3, status: 'deployed' });
    await helm.uninstall({ ...other, timeoutMs: 30_000 });
  });

  it('refuses a field that the API does not know, at the first install and at an upgrade, and drops nothing silently', async () => {
    const helm = helmAs();
    const strict = { name: 'strict', namespace: 'shop' };
    const typo = { ...apply('red', { values: [{ colour: 'red', typo: 'dtaa' }] }), ...strict };
    const refused = { code: 'LF-ENGINES-010', message: expect.stringMatching(/unknown field|not declared in schema/) };
    await expect(helm.upgradeInstall(typo)).rejects.toMatchObject(refused);
    await helm.uninstall({ ...strict, timeoutMs: 30_000 });
    await helm.upgradeInstall({ ...apply('red'), ...strict });
    await expect(helm.upgradeInstall(typo)).rejects.toMatchObject(refused);
    await helm.uninstall({ ...strict, timeoutMs: 30_000 });
  });

  it('acts as the user it is told, who may do only what they may', async () => {
    const refused = helmAs({ user: 'system:serviceaccount:shop:nobody' }).upgradeInstall(apply('red'));
    await expect(refused).rejects.toMatchObject({
      code: 'LF-ENGINES-010',
      temporary: false,
      message: expect.stringContaining('forbidden'),
    });
  });

  it('leaves a pending record when it is killed, and a failed one when it is asked to stop', async () => {
    const helm = helmAs();
    await helm.upgradeInstall(apply('red'));
    const hanging = apply('blue', { values: [{ colour: 'blue', hang: true }], wait: 'watcher', timeoutMs: 60_000 });
    const until = async (revision: number): Promise<void> => {
      await expect.poll(async () => (await helm.status(release))?.revision, { timeout: 20_000 }).toBe(revision);
    };

    const caller = new AbortController();
    const stopped = helm.upgradeInstall(hanging, { signal: caller.signal }).catch((error: unknown) => error);
    await until(2);
    caller.abort();
    expect(await stopped).toMatchObject({ code: 'LF-ENGINES-003' });
    expect(await helm.status(release)).toMatchObject({ revision: 2, status: 'failed' });

    let pid = 0;
    const onSpawn = (identity: { pid: number }): void => void (pid = identity.pid);
    const killed = helm.upgradeInstall(hanging, { onSpawn }).catch((error: unknown) => error);
    await until(3);
    process.kill(pid, 'SIGKILL');
    expect(await killed).toMatchObject({ code: 'LF-ENGINES-004' });
    expect(await helm.status(release)).toMatchObject({ revision: 3, status: 'pending-upgrade' });
    await expect(helm.upgradeInstall(apply('green'))).rejects.toThrow(/another operation .* is in progress/);
  });
});
