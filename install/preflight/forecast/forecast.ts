import { natGatewaysOf, type Wanted } from '../wanted.ts';
import type { Assumptions } from './assumptions.ts';
import { cents, itemsOf, type LineItem } from './items.ts';
import type { Prices } from './prices.ts';

export type Forecast = {
  /** Always said: this is no bill. */
  note: string;
  currency: 'USD';
  region: string;
  /** Date of the prices, and how old they are. */
  pricesAsOf: string;
  pricesAgeDays: number;
  source: string;
  assumptions: Assumptions;
  /** Empty when the table does not know the region. */
  items: LineItem[];
  /** Undefined when the region, or one of the items, has no price. */
  monthly: number | undefined;
  /** What is not in it. */
  leftOut: string[];
};

/** A month's price of what an install makes, from the dated table and the assumptions. */
export function forecast(wanted: Wanted, prices: Prices, assumed: Assumptions, now: Date): Forecast {
  const region = prices.regions[wanted.region];
  const items = region === undefined ? [] : itemsOf(wanted, prices.everywhere, region, assumed);
  const unpriced = items.filter((item) => item.monthly === undefined).map((item) => item.name);
  const total = items.reduce((sum, item) => sum + (item.monthly ?? 0), 0);
  const budget = wanted.monthlyBudgetUsd ?? 0;
  return {
    note: 'A forecast, not a bill: list prices of one date, and the assumptions below.',
    currency: prices.currency,
    region: wanted.region,
    pricesAsOf: prices.asOf,
    pricesAgeDays: Math.floor((now.getTime() - Date.parse(prices.asOf)) / 86_400_000),
    source: prices.source,
    assumptions: assumed,
    items,
    monthly: region === undefined || unpriced.length > 0 ? undefined : cents(total),
    leftOut: [
      ...(region === undefined ? [`everything: the table has no prices for ${wanted.region}`] : []),
      ...unpriced.map((name) => `${name}: the table has no price for it`),
      ...(budget > 0 && total > budget ? [`the budget of ${budget} USD is below this forecast`] : []),
      ...leftOutOf(wanted),
    ],
  };
}

function leftOutOf(wanted: Wanted): string[] {
  const always =
    'load balancers, volumes beyond storageGb and data stores that the product makes; the vendor’s fee; tax';
  if (wanted.mode === 'cluster') return ['your cluster and its nodes, which you pay already', always];
  const nat = natGatewaysOf(wanted) === 0 ? ['your own way out of the VPC'] : [];
  return [...nat, always];
}
