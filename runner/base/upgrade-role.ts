import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const profile = 'landfall-base';

/**
 * What the engine gets to work as the upgrade role: a profile by which its AWS SDK takes the runner's own credentials from the Pod Identity agent
 * (AWS_CONTAINER_CREDENTIALS_FULL_URI), assumes the role with them, and does so again before they run out. The file names a role and holds no
 * secret; no credential passes through this process, an argument or a disk.
 */
export async function upgradeEnvironment(
  folder: string,
  roleArn: string,
  endpointUrl = '',
): Promise<Record<string, string>> {
  const path = join(folder, 'aws-profile');
  const lines = [
    `[profile ${profile}]`,
    `role_arn = ${roleArn}`,
    'credential_source = EcsContainer',
    'role_session_name = landfall-base',
    'duration_seconds = 3600',
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  return {
    AWS_PROFILE: profile,
    AWS_CONFIG_FILE: path,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    // The SDK assumes a profile's role before it has looked at AWS_ENDPOINT_URL.
    ...(endpointUrl === '' ? {} : { AWS_ENDPOINT_URL_STS: endpointUrl }),
  };
}
