/**
 * As the module cuts them: a sixteenth of the VPC for each zone's public subnet, from the start; a quarter for its private one,
 * from the second quarter on (Terraform's cidrsubnet(vpc, 4, i) and cidrsubnet(vpc, 2, i + 1)).
 */
export function zoneCidrs(vpcCidr: string, zone: number): { public: string; private: string } {
  return { public: part(vpcCidr, 4, zone), private: part(vpcCidr, 2, zone + 1) };
}

function part(cidr: string, bits: number, index: number): string {
  const [address = '', length = '16'] = cidr.split('/');
  const whole = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const newLength = Number(length) + bits;
  const first = whole + index * 2 ** (32 - newLength);
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join('.')}/${newLength}`;
}
