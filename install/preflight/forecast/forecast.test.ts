import { describe, expect, it } from 'vitest';
import { now, sampleWanted } from '../testing/healthy-facts.ts';
import { assume } from './assumptions.ts';
import { forecast } from './forecast.ts';
import { cents } from './items.ts';
import { instanceHour, readPrices } from './prices.ts';

const prices = readPrices();
const of = (wanted = sampleWanted(), given: string[] = []): ReturnType<typeof forecast> =>
  forecast(wanted, prices, assume(given), now);
const monthly = (report: ReturnType<typeof forecast>, name: string): number | undefined =>
  report.items.find((item) => item.name.startsWith(name))?.monthly;

describe('the table of prices', () => {
  it('is dated, says where it is from, and has the regions that are promised', () => {
    expect(Date.parse(prices.asOf)).toBeLessThan(now.getTime());
    expect(prices.source).toContain('not fetched');
    const regions = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-east-2', 'us-west-2'];
    expect(Object.keys(prices.regions).toSorted()).toEqual(regions);
  });

  it.each([
    ['m6i.large', 0.115],
    ['m6i.xlarge', 0.23],
    ['m6i.4xlarge', 0.92],
    ['t3.medium', 0.048],
    ['x2idn.large', undefined],
    ['m6i.metal', undefined],
  ])('gives %s from its family: %s', (type, price) => {
    const found = instanceHour(prices.regions['eu-central-1']!, type);
    expect(found === undefined ? found : Number(found.toFixed(6))).toBe(price);
  });
});

describe('a forecast', () => {
  it('adds its items up, cent by cent', () => {
    const report = of();
    expect(report.monthly).toBe(cents(report.items.reduce((sum, { monthly = Number.NaN }) => sum + monthly, 0)));
    expect(monthly(report, 'nodes general')).toBe(335.8);
    expect(monthly(report, 'EKS control plane')).toBe(73);
    expect(report.note).toContain('forecast, not a bill');
    expect(report.pricesAgeDays).toBe(244);
  });

  it.each([
    ['NAT per zone costs three times as much', { nat: 'per-zone' }, 'NAT gateways', 113.88],
    ['no NAT costs nothing', { nat: 'none', privateEndpoints: true }, 'NAT gateways', undefined],
    ['private endpoints are paid for each zone', { privateEndpoints: true }, 'private endpoints:', 262.8],
    ['Auto Mode has a fee', { nodeProfile: 'auto' }, 'fee of Auto Mode', 60.44],
    ['a VPN has an hourly price', { controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1' } }, 'link', 36.5],
  ] as const)('%s', (_, base, item, price) => {
    expect(monthly(of(sampleWanted('full', base)), item)).toBe(price);
  });

  it('of a customer’s cluster has neither cluster nor nodes nor NAT in it, and says so', () => {
    const report = of(sampleWanted('cluster'));
    expect(report.items.map(({ name }) => name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/EKS|nodes|NAT/)]),
    );
    expect(report.leftOut[0]).toContain('your cluster');
  });

  it('takes other assumptions, and refuses what is none', () => {
    expect(monthly(of(sampleWanted(), ['natGb=1000']), 'NAT data')).toBe(52);
    expect(monthly(of(sampleWanted(), ['egressGb=1100']), 'out to the internet')).toBe(90);
    for (const wrong of ['natGb', 'natGb=', 'natGb=-1', 'natGB=1', 'natGb=many']) {
      expect(() => assume([wrong])).toThrow(expect.objectContaining({ code: 'LF-PREFLIGHT-001' }));
    }
  });

  it('of a region that the table does not know has no number at all', () => {
    const wanted = { ...sampleWanted(), region: 'ap-south-1' };
    expect(of(wanted)).toMatchObject({ items: [], monthly: undefined });
    expect(of(wanted).leftOut[0]).toContain('no prices for ap-south-1');
  });

  it('with an instance type that the table does not know has no total, and names it', () => {
    const nodeGroups = [{ name: 'gpu', instanceType: 'g5.xlarge', size: 1 }];
    const report = of(sampleWanted('full', { nodeGroups }));
    expect(report.monthly).toBeUndefined();
    expect(report.leftOut[0]).toBe('nodes gpu: 1 × g5.xlarge: the table has no price for it');
  });

  it('says when the budget is smaller', () => {
    expect(of(sampleWanted('full', { monthlyBudget: { usd: 100 } })).leftOut[0]).toContain('budget of 100 USD');
  });
});
