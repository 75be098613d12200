import { LandfallError } from '../../contract/index.ts';

/** Three public subnets (1/16 of the VPC each) and three private ones (1/4 each, after the public quarter), as CIDRs. */
export function subnetCidrs(vpcCidr: string): { publicCidrs: string[]; privateCidrs: string[] } {
  const [address = '', bits = ''] = vpcCidr.split('/');
  const length = Number(bits);
  if (length < 16 || length > 20) {
    throw new LandfallError('LF-STACKS-001', `vpcCidr ${vpcCidr}: expected a /16 to /20`);
  }
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length);
  if (start % size !== 0) throw new LandfallError('LF-STACKS-001', `vpcCidr ${vpcCidr}: host bits are set`);
  const cut = (offset: number, prefix: number): string => `${dotted(start + offset)}/${prefix}`;
  return {
    publicCidrs: [0, 1, 2].map((i) => cut((i * size) / 16, length + 4)),
    privateCidrs: [1, 2, 3].map((i) => cut((i * size) / 4, length + 2)),
  };
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
