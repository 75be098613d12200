import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster, tokenKubeconfig } from '../../dev/index.ts';
import { createRealStage, type RealStage } from '../../runner/reconcile/scenarios/testing/stage.ts';
import { openRealWorld, type RealWorld } from '../../runner/reconcile/scenarios/testing/world.ts';

const engines = await requireEngines(...simulatedCluster, 'kubectl', 'helm', 'tofu', 'moto', 'registry');
const root = join(import.meta.dirname, '..', '..');
const chart = (name: string, more: object = {}) => ({ name, chart: { deployments: [name], ...more } });

describe.skipIf(!engines.available)('landfall runner explain, with kubectl, where a real runner has worked', () => {
  let world: RealWorld;
  let stage: RealStage;
  let kubeconfig: string;
  beforeAll(async () => {
    world = await openRealWorld(engines);
    stage = await createRealStage(world);
    await stage.run({ version: '1.0.0', components: [chart('broker'), chart('gateway')] });
    const bad = chart('gateway', { deployments: ['gateway', 'extra'], ready: false });
    await stage.run({ version: '1.1.0', components: [chart('broker'), bad] });
    kubeconfig = await readerOf(world, stage.namespaces.runner);
  });
  afterAll(async () => {
    await stage?.close();
    await world?.close();
  });

  type Ran = { code: number; out: string; said: string };
  const explain = (...args: string[]): Promise<Ran> => {
    const env = { PATH: `${dirname(engines.path('kubectl'))}:/usr/bin:/bin`, HOME: world.ground.dir };
    const where = ['--namespace', stage.namespaces.runner, '--kubeconfig', kubeconfig];
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const command = [tsx, join(root, 'cli/main.ts'), 'runner', 'explain', ...where, ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { cwd: world.ground.dir, env }, (error, out, said) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, said });
      });
    });
  };

  it('tells a person with no more than the right to read that one ConfigMap how the install is', async () => {
    const { code, out, said } = await explain();
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(out).toMatch(/^the install is Running; wanted 1\.1\.0, in force 1\.0\.0/);
    expect(out).toMatch(/\n {2}gateway {4}/);
  });

  it('tells of a component why the release it was to be is not there', async () => {
    const { code, out } = await explain('gateway');
    expect(code).toBe(0);
    expect(out).toMatch(/^gateway \(helm\) is Running\n {2}wanted {5}1\.1\.0\n {2}there {6}1\.0\.0\n/);
    expect(out).toMatch(/failed {5}1\.1\.0 at .*gateway/);
    expect(out).toMatch(/before .*upgrade/);
  });

  it('gives the same as JSON', async () => {
    const { out } = await explain('gateway', '--json');
    const schema = z.object({ denied: z.array(z.object({ version: z.string() })), components: z.array(z.unknown()) });
    const told = schema.parse(JSON.parse(out));
    expect(told.denied.map(({ version }) => version)).toEqual(['1.1.0']);
    expect(told.components).toHaveLength(1);
  });

  it('says which components there are when asked for another', async () => {
    const { code, said } = await explain('nope');
    expect(code).not.toBe(0);
    expect(said).toMatch(/LF-CLI-021.*it knows broker, gateway$/m);
  });

  it('says what kubectl says to somebody who may not read it', async () => {
    const { code, said } = await explain('--namespace', 'kube-system');
    expect(code).not.toBe(0);
    expect(said).toMatch(/LF-CLI-020.*cannot get resource "configmaps"/s);
  });
});

/** A kubeconfig of somebody who may read the runner's status, and nothing else. */
async function readerOf({ cluster, ground }: RealWorld, namespace: string): Promise<string> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await cluster.admin.call('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const metadata = { name: 'reader' };
  await post(accounts, { metadata });
  const rule = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['lf-status'], verbs: ['get'] };
  await post(`${rbac}/roles`, { metadata, rules: [rule] });
  await post(`${rbac}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', namespace, name: 'reader' }],
  });
  const answer = await post(`${accounts}/reader/token`, { spec: { expirationSeconds: 3600 } });
  const { token } = z.object({ status: z.object({ token: z.string() }) }).parse(answer).status;
  const path = join(ground.dir, 'reader.kubeconfig');
  await writeFile(path, tokenKubeconfig(cluster, token), { mode: 0o600 });
  return path;
}
