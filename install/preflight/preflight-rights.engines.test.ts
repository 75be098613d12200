import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { installNames, renderForPeople, statementsOf } from '../../stacks/index.ts';
import type { AwsCredentials } from '../context.ts';
import { makeNetwork } from './testing/customer-network.ts';
import { lookAt, openVendor, type Vendor } from './testing/looked-at.ts';

describe.skipIf(!engines.available)(
  'somebody with the rights of docs/permissions.md for a preflight, and no others',
  () => {
    let account: OpenAccount;
    let vendor: Vendor;
    let credentials: AwsCredentials;
    beforeAll(async () => {
      account = await openAccount();
      vendor = await openVendor();
      const admin = account.cloud.people.customerAdmin;
      const trust = { Effect: 'Allow', Principal: { AWS: admin.arn }, Action: 'sts:AssumeRole' };
      const RoleArn = await account.makeRole('looker', trust);
      const { accountId, region } = account.cloud;
      const names = installNames({ installId: 'acme', accountId, region });
      for (const [name, statements] of Object.entries(statementsOf('preflight'))) {
        const text = renderForPeople(name, statements, {
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
        await account.setPolicy('looker', name, JSON.parse(text).Statement);
      }
      credentials = await account.assume(admin, { RoleArn });
    });
    afterAll(async () => {
      vendor?.stop();
      await account?.stop();
    });

    it.each([
      ['full', {}],
      ['vpc', { mode: 'vpc' }],
      ['cluster', { mode: 'cluster', clusterName: 'lf-acme' }],
    ])('sees all there is to see in mode %s', async (mode, base) => {
      const vpc = mode === 'vpc' ? { vpc: await makeNetwork(account) } : {};
      const looked = await lookAt(account, vendor, { base: { ...base, ...vpc }, credentials });
      expect(looked.checks.filter(({ status }) => status === 'not-visible')).toEqual([]);
      // It could not apply the account stack, and IAM says so.
      expect(looked.check('permissions')).toMatchObject({ status: 'fail' });
    });
  },
);
