import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look, type Seen, unlessAbsent } from '../seen.ts';

/** https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html names the codes. */
export const quotaCodes = {
  vpcs: { service: 'vpc', code: 'L-F678F1CE', title: 'VPCs of the region' },
  addresses: { service: 'ec2', code: 'L-0263D0A3', title: 'Elastic IP addresses of the region' },
  natGateways: { service: 'vpc', code: 'L-FE5A380F', title: 'NAT gateways of a zone' },
  vcpus: { service: 'ec2', code: 'L-1216C47A', title: 'vCPUs of on-demand standard instances' },
  clusters: { service: 'eks', code: 'L-1194D53C', title: 'EKS clusters of the region' },
  repositories: { service: 'ecr', code: 'L-CFEB8E8D', title: 'ECR repositories of the region' },
} as const;

export type QuotaId = keyof typeof quotaCodes;

export async function quotaOf(aws: ReadOnlyAws, id: QuotaId): Promise<Seen<number>> {
  const { service: ServiceCode, code: QuotaCode } = quotaCodes[id];
  return look(['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota'], async () => {
    const own = await unlessAbsent(() => aws.quotas.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode })));
    // An account that never asked for more may have no value of its own.
    const quota = own ?? (await aws.quotas.send(new GetAWSDefaultServiceQuotaCommand({ ServiceCode, QuotaCode })));
    const value = quota.Quota?.Value;
    if (value === undefined) throw new Error(`AWS gave no value for ${ServiceCode} ${QuotaCode}`);
    return value;
  });
}
