import type { Seen } from '../seen.ts';
import type { QuotaId } from './quotas.ts';

export type Tags = Readonly<Record<string, string>>;

/** A thing that has the name which an install would give; `tags` undefined: it is there, whose it is cannot be told. */
export type Named = { kind: string; name: string; tags: Tags | undefined };

export type Subnet = { id: string; vpcId: string; zone: string; freeAddresses: number; tags: Tags };

/** Where a subnet's traffic for everywhere goes: the first letters of the target's id, e.g. `nat`, `igw`, `tgw`. */
export type WayOut = { subnetId: string; tableId: string | undefined; target: string | undefined };

export type Endpoint = { service: string; state: string };

export type CustomerVpc = {
  exists: boolean;
  subnets: readonly Subnet[];
  waysOut: readonly WayOut[];
  dnsSupport: boolean;
  dnsHostnames: boolean;
  endpoints: readonly Endpoint[];
};

export type CustomerCluster = {
  status: string;
  version: string;
  authenticationMode: string;
  /** Auto Mode brings the Pod Identity agent itself. */
  autoMode: boolean;
  endpoint: string | undefined;
  caPem: string | undefined;
  publicEndpoint: boolean;
  encryptsSecrets: boolean;
};

export type InstanceType = { name: string; vcpus: number; addresses: number };

export type Simulated = {
  action: string;
  allowed: boolean;
  /** False: a policy of the organization stands in the way. Undefined: IAM did not say. */
  byOrganization: boolean | undefined;
  /** False: the caller's own boundary does. */
  byBoundary: boolean | undefined;
};

export type ControlPolicy = { name: string; attachedTo: string; document: unknown };

/** What the organization shows: nothing at all for most member accounts. */
export type Organization =
  { kind: 'none' } | { kind: 'management' } | { kind: 'member'; policies: Seen<readonly ControlPolicy[]> };

export type Reached = { url: string; status: number } | { url: string; failed: string };

/** Everything that was looked at, before anything is decided. */
export type Facts = {
  identity: Seen<{ account: string; arn: string }>;
  region: Seen<{ optIn: string } | undefined>;
  zones: Seen<readonly { name: string; state: string; type: string }[]>;
  clusterVersions: Seen<readonly { version: string; status: string }[]>;
  quotas: Record<QuotaId, Seen<number>>;
  use: {
    vpcs: Seen<readonly { id: string; tags: Tags }[]>;
    addresses: Seen<readonly { tags: Tags }[]>;
    natGateways: Seen<readonly { zone: string; tags: Tags }[]>;
    instances: Seen<readonly { instanceType: string; vcpus: number; tags: Tags }[]>;
    clusters: Seen<readonly string[]>;
    repositories: Seen<readonly { name: string; arn: string }[]>;
  };
  instanceTypes: Seen<readonly InstanceType[]>;
  offerings: Seen<readonly { instanceType: string; zone: string }[]>;
  bucket: Seen<{ state: 'free' } | { state: 'foreign' } | { state: 'there'; tags: Tags | undefined }>;
  named: readonly Seen<readonly Named[]>[];
  keys: readonly { arn: string; key: Seen<{ enabled: boolean; spec: string } | undefined> }[];
  boundary: Seen<boolean>;
  simulation: Seen<readonly Simulated[]>;
  organization: Seen<Organization>;
  customerVpc?: Seen<CustomerVpc>;
  customerCluster?: Seen<CustomerCluster | undefined>;
  podIdentityAgent?: Seen<string | undefined>;
  clusterReach?: Reached;
  controlPlane: Reached;
  vendorRegistry: Reached;
};
