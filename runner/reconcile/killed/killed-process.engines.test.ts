import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import type { KillAt } from '../../effects/index.ts';
import { readHistory } from '../../components/helm/release-secrets.ts';
import type { CoreProcess } from '../../testing/core-process.ts';
import { bundle } from '../../testing/bundle.ts';
import { packWebChart, type RealCluster, startRealCluster } from '../../testing/real-cluster.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const answerSchema = z.object({
  observed: z.string(),
  state: z.string(),
  denied: z.array(z.string()),
  interrupted: z.array(z.string()),
});

describe.skipIf(!engines.available)('a runner process that is killed with SIGKILL, with the real Helm', () => {
  let world: RealCluster;
  let workDir: string;
  let chart: string;
  let postRender: string;
  let core: string;
  let sequence = 0;

  beforeAll(async () => {
    world = await startRealCluster();
    workDir = join(world.ground.dir, 'runner');
    await mkdir(workDir, { recursive: true });
    chart = await packWebChart(engines.path('helm'), workDir);
    core = await bundle('testing/core-process.ts', workDir);
    postRender = await bundle('post-render/main.ts', workDir);
    expect(await runCore(good('1.0.0'))).toMatchObject({ observed: '1.0.0', state: 'Running' });
  });
  afterAll(async () => world?.close());

  type State = CoreProcess['state'];
  const good = (version: string): State => ({
    sequence: ++sequence,
    version,
    values: { greeting: version },
    timeoutSeconds: 30,
  });
  const bad = (version: string): State => ({
    sequence: ++sequence,
    version,
    values: { selector: { nowhere: 'true' } },
    timeoutSeconds: 3,
  });

  /** What the process said, or the signal that ended it. */
  const runCore = async (state: State, killAt?: KillAt) => {
    const file = join(workDir, 'given.json');
    const given: CoreProcess = {
      kubeconfigPath: world.kubeconfigPath,
      workDir,
      helm: engines.path('helm'),
      chart,
      postRender,
      state,
      killAt,
    };
    await writeFile(file, JSON.stringify(given));
    return new Promise<z.infer<typeof answerSchema> | NodeJS.Signals>((resolve, reject) => {
      const args = [core, file];
      execFile(
        process.execPath,
        args,
        { env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: workDir } },
        (error, stdout, stderr) => {
          if (error?.signal != null) resolve(error.signal);
          else if (error !== null) reject(new Error(stderr));
          else resolve(answerSchema.parse(JSON.parse(stdout)));
        },
      );
    });
  };
  const helmsAlive = (): string[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        } catch {
          return '';
        }
      })
      .filter((line) => line.includes(engines.path('helm')) && line.includes(workDir));

  const rows: [KillAt['kind'], KillAt['when'], 'forward' | 'back'][] = [
    ['helm-upgrade', 'before', 'forward'],
    ['helm-upgrade', 'during', 'forward'],
    ['helm-upgrade', 'after', 'forward'],
    ['store-last-good', 'before', 'forward'],
    ['helm-rollback', 'during', 'back'],
  ];
  it.each(rows)('at %s (%s): the next process goes %s to the end, and no child is left', async (kind, when, way) => {
    const id = { namespace: 'shop', releaseName: 'web' };
    const before = (await readHistory(world.kubernetes, id, AbortSignal.timeout(10_000))).findLast(
      (seen) => seen.status === 'deployed',
    );
    const version = `1.${sequence + 1}.0`;
    const state = way === 'forward' ? good(version) : bad(version);
    expect(await runCore(state, { kind, when })).toBe('SIGKILL');
    await expect.poll(helmsAlive).toEqual([]);

    const answer = await runCore(state);
    expect(answer).toMatchObject({ state: 'Running', interrupted: expect.arrayContaining([kind]) });
    const history = await readHistory(world.kubernetes, id, AbortSignal.timeout(10_000));
    expect(history.filter((seen) => seen.status === 'deployed')).toHaveLength(1);
    expect(history.at(-1)?.status).toBe('deployed');
    const sameAsBefore = history.at(-1)?.fingerprint === before?.fingerprint;
    expect({ sameAsBefore, observed: typeof answer === 'object' && answer.observed === version }).toEqual({
      sameAsBefore: way === 'back',
      observed: way === 'forward',
    });
  });
});
