import { parseValue, systemClock } from '../../contract/index.ts';
import { engines, openAccount } from '../../dev/cloud/testing/open-account.ts';
import { dispatchersVia, preflight, type PreflightReport, wantedOf } from '../../install/index.ts';
import { accountInputsSchema, baseInputsSchema } from '../../stacks/index.ts';
import { type Bench, measure } from '../measure.ts';
import { openSlowRoad } from './slow-road.ts';

/** What every call costs on its way, in a round trip over the internet. */
const delayMs = 50;

/** The calls of a preflight, counted, and its time with one call at a time and with the usual number of them. */
export const preflightBench: Bench = async ({ say }) => {
  if (!engines.available) throw new Error('the stand-in is not there: npm run dev -- tools');
  say('starting the stand-in');
  const account = await openAccount();
  const road = await openSlowRoad(account.cloud.endpoint, delayMs);
  try {
    let report: PreflightReport | undefined;
    const run = async (concurrency: number, url: string): Promise<void> => {
      report = await preflight(
        {
          clock: systemClock,
          dispatcherFor: dispatchersVia({ http: '', https: '', except: '' }),
          awsEndpointUrl: url,
          concurrency,
        },
        {
          wanted: wantedIn(account.cloud),
          credentials: account.cloud.people.customerAdmin,
          controlPlane: { url },
          vendorRegistry: { url },
        },
      );
    };
    // The first call loads clients and warms the stand-in.
    await run(16, account.cloud.endpoint);
    const rows = [];
    for (const concurrency of [1, 4, 16]) {
      say(`${concurrency} at a time`);
      rows.push(
        await measure(`preflight, ${concurrency} at a time, ${delayMs} ms on the way`, 3, () =>
          run(concurrency, road.url),
        ),
      );
    }
    rows.push(await measure('preflight, 16 at a time, no delay', 3, () => run(16, account.cloud.endpoint)));
    const calls = report?.apiCalls ?? { total: 0, byAction: {} };
    const [one, , many] = rows;
    const times = (one?.medianMs ?? 0) / (many?.medianMs ?? 1);
    return {
      rows,
      findings: [
        `${calls.total} calls to AWS, of ${Object.keys(calls.byAction).length} kinds, all reads`,
        `16 at a time is ${times.toFixed(1)} times as fast as one at a time`,
      ],
      details: { calls, checks: report?.checks.length, delayMs },
    };
  } finally {
    await road.stop();
    await account.stop();
  }
};

function wantedIn({ accountId, region }: { accountId: string; region: string }): ReturnType<typeof wantedOf> {
  const place = { installId: 'bench', accountId, region };
  const installExpiresAt = new Date(systemClock.now().getTime() + 86_400_000).toISOString();
  const installPrincipal = { kind: 'codebuild', project: 'landfall-bootstrap' };
  return wantedOf(
    parseValue({ ...place, installPrincipal, installExpiresAt }, accountInputsSchema, 'the account stack'),
    parseValue(place, baseInputsSchema, 'the base stack'),
  );
}
