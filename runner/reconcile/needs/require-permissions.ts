import { LandfallError, type Release, type WaitingDetails } from '../../../contract/index.ts';
import { permissionGap } from '../../permissions/index.ts';
import type { MissingPermission } from '../../permissions/gap.ts';
import type { Parts } from '../parts.ts';
import type { Waiting } from '../../waits.ts';
import { backoffMs } from '../stance/backoff.ts';

/** IAM cannot be watched: while rights are missing, it is asked again after the longest pause there is. */
const longestPause = 10;

/** What keeps a release from being begun: rights that it needs and that the account stack does not give. null: nothing. */
export async function missingPermissions(parts: Parts, release: Release, signal: AbortSignal): Promise<Waiting | null> {
  const { given } = parts;
  if (given === undefined) return null;
  const { prefix, account, region } = parts.install;
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const { values, updateUrl } = given;
  const known = { prefix, account, region, partition, ...values };
  const forBase = parts.base === undefined ? [] : upgradePermissionsOf(release);
  try {
    const missing = [
      ...(release.permissions.length === 0
        ? []
        : permissionGap(release.permissions, await given.product(signal), known)),
      ...(forBase.length === 0 ? [] : permissionGap(forBase, await given.upgrade(signal), known)),
    ];
    return missing.length === 0 ? null : waitFor(parts, release, missing, updateUrl);
  } catch (error) {
    if (!(error instanceof LandfallError) || error.details['denied'] !== true) throw error;
    return waitFor(parts, release, [], updateUrl, error.message);
  }
}

function upgradePermissionsOf(release: Release) {
  return release.components.flatMap((component) =>
    component.kind === 'terraform' && component.baseLayer === true ? (component.upgradePermissions ?? []) : [],
  );
}

function waitFor(
  parts: Parts,
  release: Release,
  missing: readonly MissingPermission[],
  updateUrl: string,
  instead?: string,
): Waiting {
  const told = missing.map(({ sid, actions, resources }) => `${sid}: ${actions.join(', ')} on ${resources.join(', ')}`);
  const how =
    updateUrl === ''
      ? 'run `npm run landfall -- install account --file <install file>`'
      : `update the account stack: ${updateUrl}`;
  const what =
    instead ?? `the account stack does not give what ${release.product} ${release.version} needs (${told.join('; ')})`;
  const details: WaitingDetails = {
    permissions: missing.slice(0, 100).map((item) => ({
      sid: item.sid,
      actions: item.actions.slice(0, 64),
      resources: item.resources.slice(0, 64),
    })),
    ...(updateUrl === '' ? {} : { updateUrl }),
  };
  const until = new Date(parts.clock.now().getTime() + (parts.backoff ?? backoffMs)(longestPause));
  // The way out comes first: a long list is cut at the end.
  return { reason: 'PermissionsNeeded', message: `${how}; nothing is touched before: ${what}`, until, details };
}
