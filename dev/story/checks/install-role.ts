import { GetRoleCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import type { World } from '../../world/index.ts';

/** Whether a role exists, asked as the customer's admin. */
export async function roleExists(world: World, name: string): Promise<boolean> {
  const iam = new IAMClient({
    endpoint: world.cloud.endpoint,
    region: world.cloud.region,
    credentials: world.cloud.people.customerAdmin,
  });
  try {
    await iam.send(new GetRoleCommand({ RoleName: name }));
    return true;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return false;
    throw error;
  }
}
