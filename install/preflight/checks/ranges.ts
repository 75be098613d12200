import { type CheckResult, fail, judge, pass } from '../result.ts';
import { known } from '../seen.ts';
import type { Wanted } from '../wanted.ts';

/** With a VPN, the new network and what lies behind the VPN must not share addresses: no route could tell them apart. */
export function rangeChecks({ mode, vpcCidr, linkCidrs }: Wanted): CheckResult[] {
  if (mode !== 'full' || linkCidrs.length === 0) return [];
  const about = {
    id: 'address-ranges',
    title: 'Address ranges of VPC and VPN',
    needed: 'none in common',
    why: 'What lies behind the VPN could not be reached from the VPC.',
  };
  const common = linkCidrs.filter((cidr) => overlaps(cidr, vpcCidr));
  return [
    judge(about, known(common), (shared) =>
      shared.length === 0
        ? pass(`${vpcCidr} and ${linkCidrs.join(', ')}`)
        : fail(`${vpcCidr} overlaps ${shared.join(', ')}`, 'Set base.vpcCidr to another range.'),
    ),
  ];
}

/** Two ranges overlap when the shorter prefix is the same in both. */
export function overlaps(a: string, b: string): boolean {
  const [first, second] = [parse(a), parse(b)];
  const size = 2 ** (32 - Math.min(first.bits, second.bits));
  return Math.floor(first.address / size) === Math.floor(second.address / size);
}

function parse(cidr: string): { address: number; bits: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  return { address: address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) };
}
