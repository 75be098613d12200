import type { CustomerCluster, Facts } from '../facts/facts.ts';
import { type About, type CheckResult, fail, judge, notVisible, pass, type Verdict, warn } from '../result.ts';
import { both, known, type Seen } from '../seen.ts';
import type { Wanted } from '../wanted.ts';

/** The customer's own cluster, into which only the runner is put. */
export function customerClusterChecks(facts: Facts, wanted: Wanted): CheckResult[] {
  const { customerCluster: fact, podIdentityAgent, clusterReach } = facts;
  if (wanted.mode !== 'cluster' || fact === undefined) return [];
  const about = (id: string, title: string, needed: string, why: string): About => ({ id, title, needed, why });
  const there = about('cluster', 'The given cluster', `${wanted.names.cluster}, ACTIVE`, 'The runner is put into it.');
  const exists = judge(there, fact, (cluster) => {
    if (cluster === undefined) return fail('there is no such cluster in the region', 'Correct base.clusterName.');
    return cluster.status === 'ACTIVE' ? pass('ACTIVE') : fail(cluster.status, 'Wait until the cluster is ACTIVE.');
  });
  // Of a cluster that is not there, nothing more can be said.
  if (!fact.seen || fact.value === undefined) return [exists];
  const cluster: Seen<CustomerCluster> = { ...fact, value: fact.value };
  return [
    exists,
    judge(
      about(
        'cluster-version',
        'Version of the given cluster',
        'one that EKS supports',
        'The runner is tested with supported versions.',
      ),
      both(cluster, facts.clusterVersions),
      ([{ version }, versions]) => versionVerdict(version, versions),
    ),
    judge(
      about(
        'cluster-authentication',
        'Authentication mode',
        'API or API_AND_CONFIG_MAP',
        'The install role enters by an access entry, which can be taken away.',
      ),
      cluster,
      ({ authenticationMode: mode }) =>
        mode.startsWith('API')
          ? pass(mode)
          : fail(
              mode,
              'aws eks update-cluster-config --name ... --access-config authenticationMode=API_AND_CONFIG_MAP',
            ),
    ),
    judge(
      about(
        'cluster-pod-identity',
        'Pod Identity agent',
        'add-on eks-pod-identity-agent, ACTIVE',
        'The runner gets its role by it.',
      ),
      both(cluster, podIdentityAgent ?? known(undefined)),
      ([{ autoMode }, status]) => {
        if (autoMode) return pass('part of Auto Mode');
        if (status === undefined) return fail('not installed', 'Install the add-on eks-pod-identity-agent.');
        return status === 'ACTIVE' ? pass(status) : fail(status, 'Wait for the add-on, or repair it.');
      },
    ),
    judge(
      about(
        'cluster-endpoint',
        'API endpoint of the cluster',
        'reachable from where the hand-off runs',
        'The hand-off puts the runner in by the API.',
      ),
      cluster,
      ({ publicEndpoint }) => endpointVerdict(publicEndpoint, clusterReach),
    ),
    judge(
      about(
        'cluster-encryption',
        'Encryption of the cluster’s secrets',
        'with a KMS key',
        'The hand-off puts a Secret into it.',
      ),
      cluster,
      ({ encryptsSecrets }) =>
        encryptsSecrets
          ? pass('on')
          : warn('off', 'aws eks associate-encryption-config; newer clusters encrypt with a key of AWS.'),
    ),
  ];
}

function versionVerdict(version: string, versions: readonly { version: string; status: string }[]): Verdict {
  const status = versions.find((each) => each.version === version)?.status;
  if (status === undefined) return fail(`${version}, which EKS does not list`, 'Upgrade the cluster.');
  if (status.startsWith('STANDARD')) return pass(`${version}, standard support`);
  return status.startsWith('EXTENDED')
    ? warn(`${version}, extended support`, 'Upgrade the cluster: extended support costs six times as much, and ends.')
    : fail(`${version}, ${status.toLowerCase()}`, 'Upgrade the cluster.');
}

function endpointVerdict(isPublic: boolean, reach: Facts['clusterReach']): Verdict {
  const kind = isPublic ? 'public' : 'private';
  if (reach !== undefined && 'status' in reach) return pass(`${kind}; answered with ${reach.status} from here`);
  const why = reach === undefined ? 'no endpoint' : reach.failed;
  const inside =
    'Run the hand-off where the endpoint answers: the one-shot job inside the VPC, or a machine with a VPN.';
  return isPublic
    ? fail(`public, but: ${why}`, 'Allow this machine’s address in publicAccessCidrs.')
    : notVisible(`private; from here: ${why}`, inside);
}
