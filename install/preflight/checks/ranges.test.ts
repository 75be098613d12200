import { expect, it } from 'vitest';
import { now, sampleWanted, healthyFacts } from '../testing/healthy-facts.ts';
import { allChecks } from './all.ts';
import { overlaps } from './ranges.ts';

it.each([
  ['10.64.0.0/16', '10.64.3.0/24', true],
  ['10.64.3.0/24', '10.64.0.0/16', true],
  ['10.64.0.0/16', '10.65.0.0/16', false],
  ['10.0.0.0/8', '10.64.0.0/16', true],
  ['192.168.0.0/16', '10.64.0.0/16', false],
  ['0.0.0.0/0', '10.64.0.0/16', true],
  ['200.1.2.3/32', '200.1.2.3/32', true],
  ['200.1.2.3/32', '200.1.2.4/32', false],
])('%s and %s: %s', (a, b, answer) => {
  expect(overlaps(a, b)).toBe(answer);
});

it.each([
  ['10.64.8.0/24', 'fail'],
  ['172.16.0.0/12', 'pass'],
])('a VPN to %s beside the default VPC is %s', (cidr, status) => {
  const wanted = sampleWanted('full', { controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1', cidrs: [cidr] } });
  const check = allChecks(healthyFacts(wanted), wanted, now).find(({ id }) => id === 'address-ranges');
  expect(check).toMatchObject({ status });
});
