import type { Call } from '../calls/call.ts';
import type { Moto } from '../moto.ts';
import type { CloudResponse } from '../wire/request.ts';

/** In an account that belongs to no organization every call but these two says so; moto answers some as if it did. */
export async function answerOrganizations(call: Call, moto: Moto): Promise<CloudResponse | undefined> {
  if (call.service !== 'organizations' || /^(CreateOrganization|DescribeOrganization)$/.test(call.action))
    return undefined;
  const organization = await moto.json('organizations', 'AWSOrganizationsV20161128.DescribeOrganization', {});
  return organization.status === 200 ? undefined : organization;
}
