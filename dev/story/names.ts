import { installNames } from '../../stacks/index.ts';
import type { World } from '../world/index.ts';
import { installId } from './install-id.ts';

const place = (world: World): { installId: string; accountId: string; region: string } => ({
  installId,
  accountId: world.cloud.accountId,
  region: world.cloud.region,
});

export const installRoleName = (world: World): string => installNames(place(world)).roles.install.name;

/** The example's bucket, as its landfall.yaml names it. */
export const eventsName = (world: World): string => `lf-${installId}-events-${world.cloud.accountId}`;

/** Where a repository of the vendor's registry is in the customer's. */
export const mirrored = (repository: string): string => `lf-${installId}/${repository}`;
