import { Refusal } from '../wire/refusal.ts';
import { isRecord } from '../wire/request.ts';
import { EksUpdates, type UpdateLog } from './updates.ts';

/** A record as EKS shows it; what the caller sent is kept as sent, so that it comes back the same. */
export type Shown = Record<string, unknown>;

/** A real cluster on this machine that an EKS cluster stands for. */
export type AttachedCluster = { endpoint: string; caPem: string; issuer: string; serviceAccountPublicKeyPem: string };

export type AccessEntry = { shown: Shown; groups: string[]; userName: string; policies: Map<string, Shown> };

export type Association = { shown: Shown; namespace: string; serviceAccount: string; roleArn: string };

export type ClusterState = {
  name: string;
  shown: Shown;
  nodeGroups: Map<string, Shown>;
  accessEntries: Map<string, AccessEntry>;
  associations: Map<string, Association>;
  addons: Map<string, Shown>;
  updates: UpdateLog;
  identityProviders: Map<string, Shown>;
};

/** What one EKS call brings along. */
export type EksInput = {
  parameters: Record<string, string>;
  query: URLSearchParams;
  body: Shown;
  /** Role (or user) ARN of the caller: the one that an access entry would name. */
  callerArn: string;
};

export type EksDependencies = {
  now: () => Date;
  /** The VPC of a subnet, and a security group for the cluster in it, as EKS makes them itself. */
  network: ClusterNetwork;
};

export type ClusterNetwork = {
  vpcOf(subnetId: string): Promise<string>;
  createClusterGroup(cluster: string, vpcId: string): Promise<string>;
  deleteClusterGroup(groupId: string): Promise<void>;
};

/** All of EKS in the account. */
export class EksState {
  readonly clusters = new Map<string, ClusterState>();
  /** Services whose own role EKS has made in the account; they stay when the clusters go. */
  readonly serviceLinkedRoles = new Set<string>();
  /** For every cluster that has none of its own. */
  attached: AttachedCluster | undefined;
  readonly attachedByName = new Map<string, AttachedCluster>();
  readonly updates = new EksUpdates();
  readonly now: () => Date;
  readonly network: ClusterNetwork;

  constructor(deps: EksDependencies) {
    this.now = deps.now;
    this.network = deps.network;
  }

  /** Seconds since 1970, as the REST-JSON protocol writes times. */
  timestamp(): number {
    return this.now().getTime() / 1000;
  }

  cluster(name: string | undefined): ClusterState {
    const found = this.clusters.get(name ?? '');
    if (found === undefined) throw notFound(`No cluster found for name: ${name}.`);
    return found;
  }

  /** A cluster, or what belongs to one, by its ARN; the last part of the ARN may be `id` where nobody knows it yet. */
  byArn(arn: string): Shown | undefined {
    for (const cluster of this.clusters.values()) {
      const entries = [...cluster.accessEntries.values(), ...cluster.associations.values()].map((one) => one.shown);
      const all = [cluster.shown, ...cluster.nodeGroups.values(), ...cluster.addons.values(), ...entries];
      const found = all.find((shown) => arnFields.some((field) => isArn(textOf(shown[field]), arn)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The real cluster behind an EKS cluster. */
  attachedTo(cluster: ClusterState): AttachedCluster | undefined {
    return this.attachedByName.get(cluster.name) ?? this.attached;
  }
}

const arnFields = ['arn', 'nodegroupArn', 'accessEntryArn', 'associationArn', 'addonArn'];

function isArn(known: string, wanted: string): boolean {
  if (known === '') return false;
  return known === wanted || (wanted.endsWith('/id') && known.replace(/\/[^/]+$/, '/id') === wanted);
}

export function notFound(message: string): Refusal {
  return new Refusal(404, 'ResourceNotFoundException', message);
}

export function inUse(message: string): Refusal {
  return new Refusal(409, 'ResourceInUseException', message);
}

export function invalid(message: string): Refusal {
  return new Refusal(400, 'InvalidParameterException', message);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function recordOf(value: unknown): Shown {
  return isRecord(value) ? value : {};
}
