import type { InstallNames, Place } from '../names.ts';
import type { Statement } from './statement.ts';

/** Instead of AWS's policy that reads every repository of the account: the nodes pull from this install's mirror alone. */
export function nodeStatements(place: Place, names: InstallNames): Statement[] {
  return [
    {
      sid: 'PullFromMirror',
      effect: 'Allow',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [`arn:${names.partition}:ecr:${place.region}:${place.accountId}:repository/${names.prefix}/*`],
      reason: "The nodes pull the product's images from the mirror",
    },
    {
      sid: 'RegistryLogin',
      effect: 'Allow',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      reason: 'The registry login; the call has no resource-level rights',
    },
  ];
}
