import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Cloud } from '../index.ts';

/** A VPC with one subnet, by EC2's query protocol (its SDK client is not among the dependencies). */
export async function makeSubnet(cloud: Cloud): Promise<string> {
  const vpc = await ec2(cloud, { Action: 'CreateVpc', CidrBlock: '10.0.0.0/16' });
  const VpcId = /<vpcId>([^<]+)/.exec(vpc)?.[1] ?? '';
  const subnet = await ec2(cloud, { Action: 'CreateSubnet', VpcId, CidrBlock: '10.0.0.0/24' });
  return /<subnetId>([^<]+)/.exec(subnet)?.[1] ?? '';
}

async function ec2(cloud: Cloud, parameters: Record<string, string>): Promise<string> {
  const url = new URL(cloud.endpoint);
  const { region } = cloud;
  const credentials = cloud.people.customerAdmin;
  const signer = new SignatureV4({ credentials, region, service: 'ec2', sha256: Sha256 });
  const body = new URLSearchParams({ Version: '2016-11-15', ...parameters }).toString();
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: url.hostname,
    path: '/',
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  };
  const signed = await signer.sign(request);
  return (await fetch(url, { method: 'POST', headers: signed.headers, body })).text();
}
