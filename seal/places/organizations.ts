import {
  DescribeOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  type Organization,
} from '@aws-sdk/client-organizations';
import { type GlobalWalk, allPages, nameOf, see, seeIfAny } from './walk.ts';

/**
 * Who manages this account from above: the organization's management account, and accounts it has delegated a service to. Both are outside;
 * the customer, whose organization it is, names them as known.
 */
export async function walkOrganizations(
  walk: GlobalWalk,
  organization: Organization | null | undefined,
): Promise<void> {
  const { findings, facts } = walk;
  if (organization === null || organization === undefined) return;
  findings.looked();
  const management = organization.MasterAccountId ?? '';
  const where = organization.Arn ?? organization.Id ?? 'organization';
  if (management !== facts.accountId) findings.outside('organization', management, where, 'management account');
  const list = (): Promise<{ Id?: string | undefined }[]> =>
    allPages(async (NextToken) => {
      const page = await walk.clients.organizations.send(new ListDelegatedAdministratorsCommand({ NextToken }), {
        abortSignal: walk.signal,
      });
      return { items: page.DelegatedAdministrators, next: page.NextToken };
    });
  const delegated =
    management === facts.accountId
      ? await see(walk, 'delegated administrators', list)
      : await list().catch((error: unknown) => {
          walk.signal.throwIfAborted();
          // By AWS's design only the management account sees them; what they do here they do through roles, which are listed.
          findings.note(`delegated administrators are not visible from a member account (${nameOf(error)})`);
          return undefined;
        });
  for (const { Id } of delegated ?? []) {
    findings.looked();
    if (Id !== facts.accountId) findings.outside('organization', Id ?? 'unknown', where, 'delegated administrator');
  }
}

/** null: the account is in none; undefined: not visible, and said so. */
export async function readOrganization(walk: GlobalWalk): Promise<Organization | null | undefined> {
  const found = await seeIfAny(walk, 'the organization', ['AWSOrganizationsNotInUseException'], () =>
    walk.clients.organizations.send(new DescribeOrganizationCommand({}), { abortSignal: walk.signal }),
  );
  return found === null ? null : found?.Organization;
}
