import { createServer } from 'node:http';
import { systemClock } from '../../../contract/index.ts';
import type { OpenAccount } from '../../../dev/cloud/testing/open-account.ts';
import { accountInputsSchema, baseInputsSchema } from '../../../stacks/index.ts';
import type { AwsCredentials } from '../../context.ts';
import { dispatchersVia } from '../dispatchers.ts';
import { preflight, type PreflightReport } from '../preflight.ts';
import type { CheckResult } from '../result.ts';
import { wantedOf } from '../wanted-of.ts';

export type Vendor = { url: string; stop(): void };

/** Somebody who answers, in place of control plane, registry and a cluster's API. */
export async function openVendor(): Promise<Vendor> {
  const server = createServer((_, response) => response.writeHead(401).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    stop: () => void server.close(),
  };
}

export type Given = {
  installId?: string;
  base?: object;
  account?: object;
  credentials?: AwsCredentials;
  reach?: string;
};

export type LookedAt = PreflightReport & {
  /** `service:action` of every call that reached the account meanwhile. */
  recorded: string[];
  check(id: string): CheckResult;
};

/** A preflight of an install in the account, with everything healthy that is not given otherwise. */
export async function lookAt(account: OpenAccount, vendor: Vendor, given: Given = {}): Promise<LookedAt> {
  const { accountId, region, endpoint, people } = account.cloud;
  const place = { installId: given.installId ?? 'acme', accountId, region };
  const wanted = wantedOf(
    accountInputsSchema.parse({
      ...place,
      installPrincipal: { kind: 'codebuild', project: 'landfall-bootstrap' },
      installExpiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      ...given.account,
    }),
    baseInputsSchema.parse({ ...place, ...given.base }),
  );
  const before = account.cloud.recording().length;
  const report = await preflight(
    {
      clock: systemClock,
      dispatcherFor: dispatchersVia({ http: '', https: '', except: '' }),
      awsEndpointUrl: endpoint,
    },
    {
      wanted,
      credentials: given.credentials ?? people.customerAdmin,
      controlPlane: { url: given.reach ?? vendor.url },
      vendorRegistry: { url: given.reach ?? vendor.url },
    },
  );
  const calls = account.cloud.recording().slice(before);
  return {
    ...report,
    recorded: calls.map((call) => `${call.service}:${call.action}`),
    check: (id) => {
      const found = report.checks.find((each) => each.id === id);
      if (found === undefined)
        throw new Error(`no check ${id} among ${report.checks.map((each) => each.id).join(', ')}`);
      return found;
    },
  };
}
