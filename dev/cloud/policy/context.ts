/** What a condition can ask about one request. Keys are lower case; a key that is known but absent has no entry in `values`. */
export type RequestContext = { values: Map<string, string[]>; isKnownKey(key: string): boolean };

/** Keys the stand-in knows for every call, whether present or not. A condition on any other key is a loud refusal. */
const knownKeys = new Set([
  'aws:currenttime',
  'aws:epochtime',
  'aws:tokenissuetime',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principaltype',
  'aws:principalisawsservice',
  'aws:principalorgid',
  'aws:userid',
  'aws:username',
  'aws:requestedregion',
  'aws:securetransport',
  'aws:sourceip',
  'aws:multifactorauthpresent',
  'aws:multifactorauthage',
  'aws:viaawsservice',
  'aws:calledvia',
  'aws:tagkeys',
  'aws:resourceaccount',
  'sts:externalid',
  'sts:rolesessionname',
  'sts:transitivetagkeys',
  'iam:passedtoservice',
  'iam:policyarn',
  'iam:permissionsboundary',
  'iam:awsservicename',
  'eks:accessentrytype',
  'eks:clustername',
  'eks:policyarn',
  'eks:principalarn',
  'eks:accessscope',
  'eks:kubernetesgroups',
  'eks:username',
  'eks:authenticationmode',
  'eks:bootstrapclustercreatoradminpermissions',
  's3:prefix',
  's3:delimiter',
  's3:max-keys',
  's3:versionid',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:signatureage',
  's3:signatureversion',
  's3:authtype',
  's3:tlsversion',
  'ec2:createaction',
  'kms:viaservice',
  'kms:callercallersaccount',
  'kms:calleraccount',
  'kms:grantisforawsresource',
]);
const knownPrefixes = ['aws:requesttag/', 'aws:principaltag/', 'kms:encryptioncontext:'];

export function createContext(
  values: Record<string, string | string[] | undefined>,
  extraKeys: readonly string[] = [],
): RequestContext {
  const map = new Map<string, string[]>();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) map.set(key.toLowerCase(), Array.isArray(value) ? value : [value]);
  }
  const extra = extraKeys.map((key) => key.toLowerCase());
  return {
    values: map,
    isKnownKey: (key) =>
      map.has(key) || knownKeys.has(key) || [...knownPrefixes, ...extra].some((prefix) => key.startsWith(prefix)),
  };
}

export function extendContext(
  context: RequestContext,
  values: Record<string, string | string[] | undefined>,
): RequestContext {
  return {
    ...context,
    values: new Map([...context.values, ...createContext(values).values]),
  };
}
