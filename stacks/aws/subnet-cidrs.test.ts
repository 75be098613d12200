import { expect, it } from 'vitest';
import { subnetCidrs } from './subnet-cidrs.ts';

it('cuts three public and three private subnets that do not overlap', () => {
  expect(subnetCidrs('10.64.0.0/16')).toEqual({
    publicCidrs: ['10.64.0.0/20', '10.64.16.0/20', '10.64.32.0/20'],
    privateCidrs: ['10.64.64.0/18', '10.64.128.0/18', '10.64.192.0/18'],
  });
  expect(subnetCidrs('192.168.16.0/20').privateCidrs[2]).toBe('192.168.28.0/22');
});

it('refuses a network with host bits set', () => {
  expect(() => subnetCidrs('10.64.1.0/16')).toThrow(/host bits/);
});
