import * as z from 'zod';
import { parseValue } from '../../../contract/index.ts';
import table from './prices.json' with { type: 'json' };

const price = z.number().positive();

const regionSchema = z.strictObject({
  /** Of a family's `large`; the other sizes are halves and multiples of it. */
  largeInstanceHour: z.record(z.string(), price),
  natHour: price,
  natGb: price,
  endpointHour: price,
  gp3GbMonth: price,
  s3GbMonth: price,
  logsGb: price,
  logsStoredGbMonth: price,
});

const pricesSchema = z.strictObject({
  asOf: z.iso.date(),
  currency: z.literal('USD'),
  source: z.string(),
  everywhere: z.strictObject({
    eksClusterHour: price,
    eksExtendedSupportHour: price,
    autoModeShareOfInstance: price,
    publicIpv4Hour: price,
    ecrGbMonth: price,
    kmsKeyMonth: price,
    kmsTenThousandRequests: price,
    crossZoneGbEachWay: price,
    egressGb: price,
    egressFreeGb: price,
    endpointGb: price,
    vpnConnectionHour: price,
  }),
  regions: z.record(z.string(), regionSchema),
});

export type Prices = z.infer<typeof pricesSchema>;
export type RegionPrices = z.infer<typeof regionSchema>;

/** The dated table that is in the repository. Nothing is fetched. */
export function readPrices(): Prices {
  return parseValue(table, pricesSchema, 'the table of prices');
}

const larges: Record<string, number> = { nano: 1 / 16, micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1, xlarge: 2 };

/** Dollars an hour; undefined when the table does not know the family. */
export function instanceHour(region: RegionPrices, instanceType: string): number | undefined {
  const [family = '', size = ''] = instanceType.split('.');
  const large = region.largeInstanceHour[family];
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  const factor = times === undefined ? larges[size] : Number(times) * 2;
  return large === undefined || factor === undefined ? undefined : large * factor;
}
