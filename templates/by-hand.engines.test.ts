import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { type Cloud, startCloud } from '../dev/cloud/index.ts';
import { requireEngines } from '../dev/tools/index.ts';
import { createAuthority } from '../dev/world/index.ts';
import { createProcessRunner } from '../engines/index.ts';
import { installBase, planBase } from '../install/index.ts';
import { accountSteps, baseSteps, type Step } from './index.ts';
import { accountFacts } from './testing/account-facts.ts';
import { kebab } from './by-hand/guide.ts';

const engines = await requireEngines('moto', 'registry', 'tofu', 'aws-provider');

describe.skipIf(!engines.available)('an account and a base layer made by hand', () => {
  let dir: string;
  let cloud: Cloud;
  let remembered = '{}';
  const place = () => ({ installId: 'acme', accountId: cloud.accountId, region: cloud.region });
  const account = () => ({
    ...place(),
    installPrincipal: { kind: 'codebuild' as const, project: 'lf-acme-bootstrap' },
    installExpiresAt: '2090-01-01T00:00:00Z',
  });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-by-hand-'));
    cloud = await startCloud({
      dir: join(dir, 'cloud'),
      address: '127.0.0.1',
      say: () => undefined,
      ca: await createAuthority(dir),
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    const cluster = { endpoint: 'https://127.0.0.1:6443', caPem: 'a CA', issuer: 'https://kubernetes.test' };
    cloud.attachCluster({ ...cluster, serviceAccountPublicKeyPem: '' });
  });
  afterAll(async () => {
    await cloud?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  /** The guide's commands, by the library that the AWS command line is made of; moto brings it along. */
  async function run(steps: Step[]): Promise<void> {
    const calls = steps.flatMap((step) => step.calls.map((each) => ({ ...each, command: kebab(each.operation) })));
    const python = join(dirname(engines.path('moto')), 'python');
    const { accessKeyId, secretAccessKey } = cloud.people.customerAdmin;
    const { stdout } = await execa(python, [join(import.meta.dirname, 'testing', 'run-steps.py')], {
      input: JSON.stringify(calls),
      env: {
        AWS_ENDPOINT_URL: cloud.endpoint,
        AWS_DEFAULT_REGION: cloud.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        REMEMBERED: remembered,
      },
    });
    remembered = stdout;
  }

  it('has every role of the account stack after the first part', async () => {
    await run(accountSteps(account()));
    const options = { endpoint: cloud.endpoint, region: cloud.region, credentials: cloud.people.customerAdmin };
    const { roles } = await accountFacts(options, 'lf-acme');
    expect(Object.keys(roles).toSorted()).toEqual(
      ['cluster', 'flow', 'install', 'node', 'runner', 'storage', 'upgrade'].map((kind) => `lf-acme-${kind}`),
    );
    expect(roles['lf-acme-install']?.attached.length).toBeGreaterThan(4);
  });

  it('is taken into a state after the second part: nothing is made, and the next plan is empty', async () => {
    await run(baseSteps(place()));
    const context = {
      clock: systemClock,
      runProcess: createProcessRunner({ clock: systemClock }),
      say: () => undefined,
      engines: { tofu: engines.path('tofu'), helm: '' },
      providerMirror: engines.path('aws-provider'),
      workDir: join(dir, 'work'),
      awsEndpointUrl: cloud.endpoint,
    };
    const { credentials, expiresAt } = await cloud.serviceSession(
      'codebuild.amazonaws.com',
      `arn:aws:iam::${cloud.accountId}:role/lf-acme-install`,
      { sourceArn: `arn:aws:codebuild:${cloud.region}:${cloud.accountId}:project/lf-acme-bootstrap` },
    );
    const session = { credentials, expiresAt, roleArn: '' };
    const before = cloud.recording().length;
    const adopted = await installBase(context, { inputs: place(), session });
    const made = cloud
      .recording()
      .slice(before)
      // S3: the state's own lock.
      .filter((call) => call.service !== 's3' && /^(Create|Delete|Allocate|Run|Modify|Update)/.test(call.action));
    expect(made.map(({ action }) => action)).toEqual([]);
    expect(adopted.changes).toMatchObject({ add: 0, remove: 0 });
    expect(adopted.outputs).toMatchObject({ clusterName: 'lf-acme', mode: 'full' });
    expect(await planBase(context, { inputs: place(), session })).toMatchObject({ changed: false });
  });
});
