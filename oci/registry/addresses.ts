import { BlockList, isIP } from 'node:net';

/** How far inside a network an address is; a registry may point to its own kind of address or further outside, never further inside. */
export type Reach = 'public' | 'private' | 'loopback' | 'link-local';

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16);
linkLocal.addSubnet('fe80::', 10, 'ipv6');
// The metadata and credentials addresses that are not link-local by range.
linkLocal.addAddress('fd00:ec2::254', 'ipv6');
linkLocal.addAddress('fd00:ec2::23', 'ipv6');
linkLocal.addAddress('100.100.100.200');
linkLocal.addAddress('168.63.129.16');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addSubnet('0.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');
loopback.addAddress('::', 'ipv6');

const inside = new BlockList();
inside.addSubnet('10.0.0.0', 8);
inside.addSubnet('172.16.0.0', 12);
inside.addSubnet('192.168.0.0', 16);
inside.addSubnet('100.64.0.0', 10);
inside.addSubnet('198.18.0.0', 15);
inside.addSubnet('224.0.0.0', 3);
inside.addSubnet('fc00::', 7, 'ipv6');
inside.addSubnet('ff00::', 8, 'ipv6');

export function reachOf(address: string): Reach {
  const plain = unmapped(address);
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (linkLocal.check(plain, family)) return 'link-local';
  if (loopback.check(plain, family)) return 'loopback';
  if (inside.check(plain, family)) return 'private';
  return 'public';
}

/** `target` may be followed from a registry at `registry`. Link-local (the metadata service) only ever from link-local. */
export function mayFollow(registry: readonly Reach[], target: readonly Reach[]): boolean {
  return target.every((reach) => {
    if (reach === 'public') return true;
    if (reach === 'link-local') return registry.includes('link-local');
    if (reach === 'loopback') return registry.includes('loopback');
    return registry.some((each) => each !== 'public');
  });
}

/** ::ffff:a.b.c.d, in both ways of writing it, and NAT64 are the IPv4 address inside. */
function unmapped(address: string): string {
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex === null) return address;
  const high = Number.parseInt(hex[1] ?? '0', 16);
  const low = Number.parseInt(hex[2] ?? '0', 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
