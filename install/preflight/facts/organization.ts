import {
  DescribeOrganizationCommand,
  DescribePolicyCommand,
  ListParentsCommand,
  type OrganizationsClient,
  paginateListPoliciesForTarget,
} from '@aws-sdk/client-organizations';
import { refusalOf } from '../../aws-error.ts';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look, type Seen } from '../seen.ts';
import type { ControlPolicy, Organization } from './facts.ts';

const policyCalls = [
  'organizations:ListParents',
  'organizations:ListPoliciesForTarget',
  'organizations:DescribePolicy',
];

/** Service control policies, as far as they are shown: usually to the management account and its delegates alone. */
export function organizationFact(aws: ReadOnlyAws, accountId: string): Promise<Seen<Organization>> {
  return look(['organizations:DescribeOrganization'], async (): Promise<Organization> => {
    try {
      const { Organization: found } = await aws.organizations.send(new DescribeOrganizationCommand({}));
      // Service control policies do not hold for it.
      if (found?.MasterAccountId === accountId) return { kind: 'management' };
    } catch (error) {
      if (refusalOf(error)?.name === 'AWSOrganizationsNotInUseException') return { kind: 'none' };
      throw error;
    }
    return { kind: 'member', policies: await look(policyCalls, () => policiesOver(aws.organizations, accountId)) };
  });
}

/** From the account up to the root. */
async function policiesOver(client: OrganizationsClient, accountId: string): Promise<ControlPolicy[]> {
  const targets = [accountId];
  // Organizations are at most five levels deep.
  for (let level = 0; level < 6; level++) {
    const parent = await parentOf(client, targets.at(-1) ?? '');
    if (parent !== undefined) targets.push(parent);
    if (parent === undefined || parent.startsWith('r-')) break;
  }
  const found = await Promise.all(targets.map((target) => policiesOf(client, target)));
  return found.flat();
}

async function parentOf(client: OrganizationsClient, ChildId: string): Promise<string | undefined> {
  const { Parents } = await client.send(new ListParentsCommand({ ChildId }));
  return Parents?.[0]?.Id;
}

async function policiesOf(client: OrganizationsClient, TargetId: string): Promise<ControlPolicy[]> {
  const input = { TargetId, Filter: 'SERVICE_CONTROL_POLICY' } as const;
  const policies: ControlPolicy[] = [];
  for await (const page of paginateListPoliciesForTarget({ client }, input)) {
    for (const { Id = '', Name: name = '' } of page.Policies ?? []) {
      const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId: Id }));
      const document: unknown = JSON.parse(Policy?.Content ?? '{}');
      policies.push({ name, attachedTo: TargetId, document });
    }
  }
  return policies;
}
