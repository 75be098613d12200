import type { Clock } from '../../contract/index.ts';
import type { AwsCredentials } from '../context.ts';
import { createReadOnlyAws } from './aws/clients.ts';
import { allChecks } from './checks/all.ts';
import { gather, type ReachTargets } from './facts/gather.ts';
import type { Assumptions } from './forecast/assumptions.ts';
import { assume } from './forecast/assumptions.ts';
import { type Forecast, forecast } from './forecast/forecast.ts';
import { readPrices } from './forecast/prices.ts';
import { createReach, type DispatcherFor } from './reach.ts';
import type { CheckResult } from './result.ts';
import type { Wanted } from './wanted.ts';

export type PreflightContext = {
  clock: Clock;
  /** Opens every connection: to AWS, the control plane, the registry. */
  dispatcherFor: DispatcherFor;
  /** Where AWS is, if not at its own addresses. */
  awsEndpointUrl?: string;
  /** Believed for AWS in addition: a proxy that ends TLS. */
  extraCaPem?: string;
  /** How many calls to AWS are under way at a time. Default 16. */
  concurrency?: number;
};

export type PreflightRequest = ReachTargets & {
  wanted: Wanted;
  credentials: AwsCredentials;
  assumptions?: Assumptions;
};

export type PreflightReport = {
  checks: CheckResult[];
  forecast: Forecast;
  /** Every request to AWS that left this machine, retries too. */
  apiCalls: { total: number; byAction: Record<string, number> };
};

/** Looks at everything an install rests on, writes nothing, and says what is missing and what it would cost. */
export async function preflight(context: PreflightContext, request: PreflightRequest): Promise<PreflightReport> {
  const { wanted, credentials } = request;
  const dispatcher = context.dispatcherFor(context.extraCaPem);
  try {
    const aws = createReadOnlyAws({
      region: wanted.region,
      credentials,
      dispatcher,
      concurrency: context.concurrency ?? 16,
      ...(context.awsEndpointUrl === undefined ? {} : { awsEndpointUrl: context.awsEndpointUrl }),
    });
    const facts = await gather(aws, createReach(context.dispatcherFor), wanted, request);
    const byAction = Object.fromEntries([...aws.calls].toSorted(([a], [b]) => a.localeCompare(b)));
    const now = context.clock.now();
    return {
      checks: allChecks(facts, wanted, now),
      forecast: forecast(wanted, readPrices(), request.assumptions ?? assume(), now),
      apiCalls: { total: Object.values(byAction).reduce((sum, each) => sum + each, 0), byAction },
    };
  } finally {
    await dispatcher.destroy();
  }
}
