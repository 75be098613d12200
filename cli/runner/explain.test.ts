import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runnerStatusSchema, sha256 } from '../../contract/index.ts';
import { explainComponent, explainInstall } from './explain.ts';
import { statusFromCluster, statusFromReport, statusIn } from './read-status.ts';

const at = '2026-01-05T10:00:00.000Z';
const now = new Date('2026-01-05T10:07:00.000Z');
const release = (version: string) => ({ version, digest: sha256(version) });
const condition = (
  type: 'Ready' | 'Stalled' | 'Reconciling',
  status: 'True' | 'False',
  reason: string,
  message: string,
) => ({
  ...{ type, status, reason, message },
  lastTransitionTime: at,
});
const given = {
  at,
  acceptedSequence: 7,
  desired: release('1.1.0'),
  observed: release('1.0.0'),
  state: 'Error' as const,
  conditions: [condition('Ready', 'False', 'Held', 'm'), condition('Stalled', 'True', 'Held', 'm')],
  waitingFor: { reason: 'Held', message: 'to try 1.1.0 again, add {component: schema, ...}' },
  components: [
    {
      name: 'schema',
      kind: 'helm',
      state: 'Error' as const,
      version: '1.0.0',
      conditions: [
        condition('Ready', 'False', 'Held', 'field is immutable'),
        condition('Stalled', 'True', 'Held', 'field is immutable'),
      ],
      decision: { action: 'hold', why: 'field is immutable', since: at },
    },
    {
      name: 'web',
      kind: 'helm',
      state: 'Running' as const,
      version: '1.0.0',
      conditions: [condition('Ready', 'True', 'Healthy', 'all of its workloads are ready')],
      decision: null,
    },
  ],
  decision: { action: 'hold', why: '1.1.0 is held where it failed', since: at },
  decisions: [{ component: 'schema', action: 'apply', why: 'upgrade: chart differs', since: at }],
  denied: [],
};
const status = runnerStatusSchema.parse(given);

describe('runner explain', () => {
  it('says of a component what is wanted, what is there, what is done and since when, what failed and what a person can do', () => {
    expect(explainComponent(status, 'schema', now)).toEqual([
      'schema (helm) is Error',
      '  wanted     1.1.0',
      '  there      1.0.0',
      `  does       holds it where it failed: field is immutable (since ${at}, 7 min)`,
      `  install    holds it where it failed: 1.1.0 is held where it failed (since ${at}, 7 min)`,
      '  waits for  Held: to try 1.1.0 again, add {component: schema, ...}',
      '  failed     Held: field is immutable',
      '  condition  Ready False, Held: field is immutable',
      '  condition  Stalled True, Held: field is immutable',
      `  before     ${at}  apply: upgrade: chart differs`,
      expect.stringMatching(/^ {2}you can {4}Ask for another release/),
    ]);
  });

  it('says of a runner too old to tell that it does not, and of no component that there is none', () => {
    expect(explainComponent(status, 'web', now)?.join('\n')).toContain('it does not say (an older runner)');
    expect(explainComponent(status, 'nope', now)).toBeNull();
  });

  it('says nothing is to be done where nothing is in the way', () => {
    const well = { ...status, conditions: [], waitingFor: null };
    expect(explainComponent(well, 'web', now)?.at(-1)).toBe('  you can    leave it alone: there is nothing to do');
  });

  it('tells the whole install in a line each', () => {
    const lines = explainInstall(status, now);
    expect(lines[0]).toBe(`the install is Error; wanted 1.1.0, in force 1.0.0 (as of ${at})`);
    expect(lines.filter((line) => /^ {2}(schema|web) /.test(line))).toHaveLength(2);
  });
});

describe("what it reads from the customer's cluster", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lf-explain-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const fakeKubectl = (script: string): string => {
    const path = join(dir, 'kubectl');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it('is the ConfigMap lf-status, by the kubectl of whoever asks', async () => {
    const map = join(dir, 'map.json');
    writeFileSync(map, JSON.stringify({ data: { 'value.json': JSON.stringify(given) } }));
    const kubectl = fakeKubectl(`echo "$@" > ${dir}/argv; cat ${map}`);
    expect(await statusFromCluster(kubectl, { namespace: 'landfall-system', context: 'prod' })).toEqual(status);
    expect(readFileSync(join(dir, 'argv'), 'utf8').trim()).toBe(
      'get configmap lf-status --namespace=landfall-system --output=json --request-timeout=20s --context=prod',
    );
  });

  it('is understood when it is large and therefore packed', () => {
    const packed = gzipSync(JSON.stringify(given)).toString('base64');
    expect(statusIn(JSON.stringify({ binaryData: { 'value.json.gz': packed } }))).toEqual(status);
  });

  it.each([
    ['kubectl may not read it', 'echo "forbidden" >&2; exit 1', /forbidden/],
    ['it holds nothing', 'echo "{}"', /holds no status/],
  ])('is missed by a code when %s', async (_, script, message) => {
    const read = statusFromCluster(fakeKubectl(script), { namespace: 'landfall-system' });
    await expect(read).rejects.toMatchObject({ code: 'LF-CLI-020', message: expect.stringMatching(message) });
  });
});

describe("what it reads from the vendor's side", () => {
  const control = (body: object) => ({
    url: 'https://control.test/',
    token: 't',
    request: async () => JSON.stringify(body),
  });

  it('is the last report of the install', async () => {
    const asked: string[] = [];
    const request = async (url: string, headers: Record<string, string>) => {
      asked.push(url, headers['authorization'] ?? '');
      const runner = { version: '1', features: [], bootId: '00000000-0000-4000-8000-000000000000', leaseEpoch: 1 };
      const head = { apiVersion: 'landfall.dev/v1', kind: 'Report', install: 'acme', sequence: 1, runner };
      return JSON.stringify({ report: { ...head, ...given } });
    };
    expect((await statusFromReport({ ...control({}), request }, 'acme')).decision).toEqual(given.decision);
    expect(asked).toEqual(['https://control.test/v1/installs/acme/report', 'Bearer t']);
  });

  it('is missed by a code when nothing was reported yet', async () => {
    await expect(statusFromReport(control({ report: null }), 'acme')).rejects.toMatchObject({ code: 'LF-CLI-020' });
  });
});
