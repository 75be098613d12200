import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import { createGroupGuard, createProcessRunner } from '../../engines/index.ts';
import { installAccount } from '../account.ts';
import { neededActions } from './needed-actions.ts';

const engines = await requireEngines('tofu', 'aws-provider', 'moto', 'registry');

describe.skipIf(!engines.available)('what preflight asks IAM about', () => {
  const guard = createGroupGuard();
  let account: OpenAccount;
  let workDir: string;
  let made: Set<string>;
  beforeAll(async () => {
    account = await openAccount();
    workDir = await mkdtemp(join(tmpdir(), 'lf-needed-'));
    const { accountId, region, endpoint, people } = account.cloud;
    await installAccount(
      {
        clock: systemClock,
        runProcess: createProcessRunner({ clock: systemClock, guard }),
        say: () => undefined,
        engines: { tofu: engines.path('tofu'), helm: '' },
        providerMirror: engines.path('aws-provider'),
        workDir,
        awsEndpointUrl: endpoint,
      },
      {
        inputs: {
          installId: 'acme',
          accountId,
          region,
          installPrincipal: { kind: 'codebuild', project: 'landfall-bootstrap' },
          installExpiresAt: new Date(Date.now() + 86_400_000).toISOString(),
        },
        credentials: people.customerAdmin,
      },
    );
    made = new Set(account.cloud.recording().flatMap((call) => call.checks.map((check) => check.action)));
  });
  afterAll(async () => {
    guard.stop();
    await account?.stop();
    if (workDir !== undefined) await rm(workDir, { recursive: true, force: true });
  });

  it('is all that the account stack does', () => {
    const asked = new Set(neededActions({}));
    expect([...made].filter((action) => !asked.has(action)).toSorted()).toEqual([]);
  });

  it('is nothing that it does not', () => {
    // AWS asks for these where something is made with tags; the stand-in does not, for IAM and KMS.
    const unseen = ['iam:TagPolicy', 'iam:TagRole', 'kms:TagResource'];
    expect(neededActions({}).filter((action) => !made.has(action))).toEqual(unseen);
  });
});
