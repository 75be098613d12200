export type Tags = Readonly<Record<string, string>>;

/**
 * Whether a controller of this cluster made the thing that bears these tags. Each controller marks what it makes in its own way:
 * the cloud provider and the EBS driver (`kubernetes.io/cluster/<name>: owned`; `shared` is the customer's), the load balancer
 * controller (`elbv2.k8s.aws/cluster`), EKS Auto Mode (`eks:eks-cluster-name`), the VPC CNI (`cluster.k8s.amazonaws.com/name`).
 */
export function isMadeByController(tags: Tags, cluster: string): boolean {
  return (
    tags[`kubernetes.io/cluster/${cluster}`] === 'owned' ||
    tags['elbv2.k8s.aws/cluster'] === cluster ||
    tags['eks:eks-cluster-name'] === cluster ||
    tags['cluster.k8s.amazonaws.com/name'] === cluster
  );
}

/** EKS makes one security group per cluster and takes it away with the cluster. */
export function isOfEksItself(tags: Tags): boolean {
  return tags['aws:eks:cluster-name'] !== undefined;
}

export function tagRecord(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

export const controllerTagKeys = (cluster: string): string[] => [
  `kubernetes.io/cluster/${cluster}`,
  'elbv2.k8s.aws/cluster',
  'eks:eks-cluster-name',
  'cluster.k8s.amazonaws.com/name',
];
