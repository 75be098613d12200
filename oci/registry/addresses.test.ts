import { expect, it } from 'vitest';
import { mayFollow, reachOf } from './addresses.ts';

it.each([
  ['8.8.8.8', 'public'],
  ['2600:1f18::1', 'public'],
  ['10.0.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['fd12::1', 'private'],
  ['127.0.0.1', 'loopback'],
  ['0.0.0.0', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['::ffff:a9fe:a9fe', 'link-local'],
  ['64:ff9b::a9fe:a9fe', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fd00:ec2::254', 'link-local'],
  ['100.100.100.200', 'link-local'],
] as const)('%s is %s', (address, reach) => {
  expect(reachOf(address)).toBe(reach);
});

it.each([
  ['public', 'public', true],
  ['public', 'private', false],
  ['public', 'loopback', false],
  ['public', 'link-local', false],
  ['private', 'public', true],
  ['private', 'private', true],
  ['private', 'loopback', false],
  ['private', 'link-local', false],
  ['loopback', 'loopback', true],
  ['loopback', 'private', true],
  ['loopback', 'link-local', false],
] as const)('from a %s registry to a %s address: %s', (registry, target, may) => {
  expect(mayFollow([registry], [target])).toBe(may);
});

it('is refused when only one of several addresses is inside', () => {
  expect(mayFollow(['public'], ['public', 'link-local'])).toBe(false);
});
