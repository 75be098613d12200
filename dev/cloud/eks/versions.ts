import { invalid, type Shown } from './state.ts';

/** Kubernetes minors that EKS offers, oldest first; the default is the newest but one. */
const offered = [
  { minor: '1.31', status: 'EXTENDED_SUPPORT', standardEnd: '2025-11-26' },
  { minor: '1.32', status: 'STANDARD_SUPPORT', standardEnd: '2026-03-23' },
  { minor: '1.33', status: 'STANDARD_SUPPORT', standardEnd: '2026-07-29' },
  { minor: '1.34', status: 'STANDARD_SUPPORT', standardEnd: '2026-12-02' },
  { minor: '1.35', status: 'STANDARD_SUPPORT', standardEnd: '2027-03-27' },
] as const;

export const defaultVersion = '1.34';

export function checkOffered(version: string): void {
  if (!offered.some(({ minor }) => minor === version)) throw invalid(`unsupported Kubernetes version ${version}`);
}

/** A control plane goes up one minor at a time and never down. */
export function checkUpgrade(from: string, to: string): void {
  checkOffered(to);
  if (minorOf(to) === minorOf(from))
    throw invalid(`Cluster is already at the desired configuration with version: ${to}`);
  if (minorOf(to) !== minorOf(from) + 1)
    throw invalid(`Unsupported Kubernetes minor version update from ${from} to ${to}`);
}

/** Nodes are never newer than the control plane. */
export function checkNodeVersion(cluster: string, node: string): void {
  if (minorOf(node) > minorOf(cluster))
    throw invalid(`Requested Nodegroup version ${node} is not supported by cluster version ${cluster}`);
}

export const versionActions = {
  DescribeClusterVersions: (): Shown => ({
    clusterVersions: offered.map(({ minor, status, standardEnd }) => ({
      clusterVersion: minor,
      clusterType: 'eks',
      defaultPlatformVersion: 'eks.1',
      defaultVersion: minor === defaultVersion,
      status: status.toLowerCase(),
      versionStatus: status,
      endOfStandardSupportDate: Date.parse(standardEnd) / 1000,
      kubernetesPatchVersion: `${minor}.0`,
    })),
  }),
};

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
