import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import type { World } from '../../world/index.ts';

/** Every account number in a role's trust policy that is not the account's own: plain text, nothing of the seal's own reading. */
export async function trustedStrangers(world: World): Promise<string[]> {
  const { endpoint, region, accountId, people } = world.cloud;
  const iam = new IAMClient({ endpoint, region, credentials: people.customerAdmin });
  try {
    const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1000 }));
    return Roles.flatMap(({ RoleName = '', AssumeRolePolicyDocument = '' }) => {
      const accounts = decodeURIComponent(AssumeRolePolicyDocument).match(/\b\d{12}\b/g) ?? [];
      return accounts.filter((account) => account !== accountId).map((account) => `${RoleName}: ${account}`);
    });
  } finally {
    iam.destroy();
  }
}
