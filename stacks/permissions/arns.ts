/** ARNs with placeholders. */
export function arn(service: string, resource: string): string {
  return `arn:\${partition}:${service}:\${region}:\${account}:${resource}`;
}

export function iamArn(resource: string): string {
  return `arn:\${partition}:iam::\${account}:${resource}`;
}

/** `*` for all roles of the install. */
export function role(kind: string): string {
  return iamArn(`role/\${prefix}-${kind}`);
}

export function policy(name: string): string {
  return iamArn(`policy/\${prefix}-${name}`);
}

export const stateBucket = 'arn:${partition}:s3:::${prefix}-${account}-state';

/** Of Secrets Manager: what the customer has named after the install, so that it may read it. */
export const secrets = arn('secretsmanager', 'secret:${prefix}/*');

export const clusterAdmin = 'arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
