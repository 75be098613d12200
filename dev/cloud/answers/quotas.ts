import { arn } from '../account.ts';
import type { Call } from '../calls/call.ts';
import { Refusal } from '../wire/refusal.ts';
import { type CloudRequest, type CloudResponse, jsonBodyOf, jsonResponse } from '../wire/request.ts';

type Quota = { service: string; code: string; name: string; value: number };

/** AWS's defaults for a new account, for what an install uses. */
const defaults: readonly Quota[] = [
  { service: 'vpc', code: 'L-F678F1CE', name: 'VPCs per Region', value: 5 },
  { service: 'vpc', code: 'L-A4707A72', name: 'Internet gateways per Region', value: 5 },
  { service: 'vpc', code: 'L-FE5A380F', name: 'NAT gateways per Availability Zone', value: 5 },
  { service: 'vpc', code: 'L-29B6F2EB', name: 'Interface VPC endpoints per VPC', value: 50 },
  { service: 'vpc', code: 'L-E79EC296', name: 'VPC security groups per Region', value: 2500 },
  { service: 'ec2', code: 'L-0263D0A3', name: 'EC2-VPC Elastic IPs', value: 5 },
  {
    service: 'ec2',
    code: 'L-1216C47A',
    name: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
    value: 64,
  },
  { service: 'eks', code: 'L-1194D53C', name: 'Clusters', value: 100 },
  { service: 'eks', code: 'L-6D54EA21', name: 'Managed node groups per cluster', value: 30 },
  { service: 'ecr', code: 'L-CFEB8E8D', name: 'Registered repositories', value: 100_000 },
  { service: 'kms', code: 'L-C2F1777E', name: 'Customer Master Keys (CMKs)', value: 100_000 },
  { service: 'iam', code: 'L-FE177D64', name: 'Roles per account', value: 1000 },
  { service: 's3', code: 'L-DC2B2D3D', name: 'General purpose buckets', value: 10_000 },
  { service: 'ebs', code: 'L-7A658B76', name: 'Storage for General Purpose SSD (gp3) volumes, in TiB', value: 50 },
];

/** Service Quotas: moto knows few, and none that a test could set. */
export class Quotas {
  readonly #set = new Map<string, number>();

  set(service: string, code: string, value: number): void {
    this.#set.set(`${service}/${code}`, value);
  }

  answer(call: Call, request: CloudRequest): CloudResponse | undefined {
    if (call.service !== 'servicequotas') return undefined;
    const body = jsonBodyOf(request);
    const service = String(body['ServiceCode']);
    const isDefault = call.action.includes('Default');
    if (call.action.startsWith('List') && call.action.endsWith('ServiceQuotas')) {
      const quotas = defaults.filter((quota) => quota.service === service);
      return jsonResponse({ Quotas: quotas.map((quota) => this.#shown(quota, isDefault)) });
    }
    if (!/^Get(AWSDefault)?ServiceQuota$/.test(call.action)) return undefined;
    const quota = defaults.find((one) => one.service === service && one.code === body['QuotaCode']);
    if (quota === undefined) {
      throw new Refusal(
        400,
        'NoSuchResourceException',
        `The stand-in knows no quota ${service}/${String(body['QuotaCode'])}.`,
      );
    }
    return jsonResponse({ Quota: this.#shown(quota, isDefault) });
  }

  #shown({ service, code, name, value }: Quota, isDefault: boolean): Record<string, unknown> {
    return {
      ServiceCode: service,
      ServiceName: service,
      QuotaArn: arn('servicequotas', `${service}/${code}`),
      QuotaCode: code,
      QuotaName: name,
      Value: (isDefault ? undefined : this.#set.get(`${service}/${code}`)) ?? value,
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: service === 'iam',
    };
  }
}
