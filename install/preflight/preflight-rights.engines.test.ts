import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { installNames, renderForPeople, statementsOf } from '../../stacks/index.ts';
import type { AwsCredentials } from '../context.ts';
import { type CustomerNetwork, makeNetwork } from './testing/customer-network.ts';
import { type HalfAnInstall, makeHalfAnInstall } from './testing/half-an-install.ts';
import { type Given, lookAt, openVendor, type Vendor } from './testing/looked-at.ts';

const all = Object.values(statementsOf('preflight')).flat();

/** Asked for only where the stand-in's account does not lead. */
const elsewhere: Record<string, string> = {
  's3:ListAllMyBuckets': 'asked when the state bucket is somebody else’s',
  'servicequotas:GetAWSDefaultServiceQuota': 'asked when an account has no value of its own',
  'organizations:ListParents': 'asked when the account is in an organization',
  'organizations:ListPoliciesForTarget': 'asked when the account is in an organization',
  'organizations:DescribePolicy': 'asked when the account is in an organization',
};

describe.skipIf(!engines.available)(
  'somebody with the rights of docs/permissions.md for a preflight, and no others',
  () => {
    let account: OpenAccount;
    let vendor: Vendor;
    let credentials: AwsCredentials;
    let vpc: CustomerNetwork;
    let half: HalfAnInstall;

    /** `without`: an action that is taken out of every statement. */
    const grant = async (without?: string): Promise<void> => {
      const { accountId, region } = account.cloud;
      const names = installNames({ installId: 'acme', accountId, region });
      const statements = all
        .map((statement) => ({ ...statement, actions: statement.actions.filter((action) => action !== without) }))
        .filter(({ actions }) => actions.length > 0);
      const text = renderForPeople('preflight', statements, {
        prefix: names.prefix,
        account: accountId,
        region,
        partition: names.partition,
        cluster: names.cluster,
        install: 'acme',
        boundary: names.boundaryArn,
        // What no statement of a preflight names.
        'state-key': '-',
        'cluster-key': '-',
        'expires-at': '-',
        'external-id': '-',
        'vendor-principal': '-',
        'bootstrap-project': '-',
      });
      await account.setPolicy('looker', 'preflight', JSON.parse(text).Statement);
    };
    const modes = (): [string, Given][] => {
      const options = { stateKmsKeyArn: half.keyArn, permissionsBoundaryArn: half.boundaryArn };
      return [
        ['full', { account: options }],
        ['vpc', { account: options, base: { mode: 'vpc', vpc } }],
        ['cluster', { account: options, base: { mode: 'cluster', clusterName: 'lf-acme' } }],
      ];
    };
    const notVisible = async (given: Given): Promise<string[]> => {
      const { checks } = await lookAt(account, vendor, { ...given, credentials });
      // The cluster's endpoint in this account is nobody's.
      return checks.flatMap(({ id, status }) => (status === 'not-visible' && id !== 'cluster-endpoint' ? [id] : []));
    };

    beforeAll(async () => {
      account = await openAccount();
      vendor = await openVendor();
      vpc = await makeNetwork(account);
      half = await makeHalfAnInstall(account, 'acme', vpc.privateSubnetIds);
      const admin = account.cloud.people.customerAdmin;
      const trust = { Effect: 'Allow', Principal: { AWS: admin.arn }, Action: 'sts:AssumeRole' };
      const RoleArn = await account.makeRole('looker', trust);
      credentials = await account.assume(admin, { RoleArn });
    });
    afterAll(async () => {
      vendor?.stop();
      await account?.stop();
    });

    it('sees all there is to see, in every mode', async () => {
      await grant();
      for (const [mode, given] of modes()) expect([mode, await notVisible(given)]).toEqual([mode, []]);
    });

    const actions = [...new Set(all.flatMap((statement) => statement.actions))];
    it.each(actions.filter((action) => !(action in elsewhere)))('would not, without %s', async (action) => {
      await grant(action);
      const unseen: string[] = [];
      for (const [, given] of modes()) if (unseen.length === 0) unseen.push(...(await notVisible(given)));
      expect(unseen).not.toEqual([]);
    });
  },
);
