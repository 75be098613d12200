import type { installNames, Place } from '../../stacks/index.ts';

export type InstallMode = 'full' | 'vpc' | 'cluster';

export type WantedNodes = { name: string; instanceType: string; size: number; diskGib: number };

/** What an install would make, as far as preflight and forecast look at it: read from the inputs of both stacks. */
export type Wanted = Place & {
  names: ReturnType<typeof installNames>;
  mode: InstallMode;
  kubernetesVersion: string;
  /** Suffixes: `a`. */
  zones: readonly string[];
  vpcCidr: string;
  nat: 'single' | 'per-zone' | 'none';
  privateEndpoints: boolean;
  flowLogs: boolean;
  nodeProfile: 'node-groups' | 'auto';
  nodeGroups: readonly WantedNodes[];
  /** With `auto`: the vCPUs that its nodes may have together. */
  autoCpuLimit: number;
  /** Mode `vpc`. */
  vpc?: { id: string; privateSubnetIds: readonly string[]; publicSubnetIds: readonly string[] };
  controlPlaneLink: 'internet' | 'privatelink' | 'vpn';
  /** With `vpn`: what lies behind it. */
  linkCidrs: readonly string[];
  repositories: readonly string[];
  installExpiresAt: string;
  permissionsBoundaryArn?: string;
  stateKeyArn?: string;
  clusterKeyArn?: string;
  monthlyBudgetUsd?: number;
};

/** The customer's own cluster is only looked at, never made. */
export function makesCluster(wanted: Wanted): boolean {
  return wanted.mode !== 'cluster';
}

/** Where nodes run that this install makes. */
export function nodesOf(wanted: Wanted): readonly WantedNodes[] {
  return makesCluster(wanted) && wanted.nodeProfile === 'node-groups' ? wanted.nodeGroups : [];
}

/** NAT gateways (each with an address of its own) that this install makes. */
export function natGatewaysOf(wanted: Wanted): number {
  if (wanted.mode !== 'full' || wanted.nat === 'none') return 0;
  return wanted.nat === 'single' ? 1 : wanted.zones.length;
}
