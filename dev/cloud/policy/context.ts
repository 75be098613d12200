/** What a condition can ask about one request. Keys are lower case; a key that is known but absent has no entry in `values`. */
export type RequestContext = { values: Map<string, string[]>; isKnownKey(key: string): boolean };

/** Keys that have a value or are known to be absent. A condition on any other key is a loud refusal. */
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
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourcevpce',
  'aws:sourcevpc',
  'aws:tagkeys',
  'aws:resourceaccount',
  'sts:externalid',
  'sts:rolesessionname',
  'sts:transitivetagkeys',
  'iam:passedtoservice',
  'iam:policyarn',
  'iam:permissionsboundary',
  'iam:awsservicename',
  'eks:accessscope',
  'eks:namespaces',
  'eks:authenticationmode',
  'eks:bootstrapclustercreatoradminpermissions',
  'eks:bootstrapselfmanagedaddons',
  'eks:kubernetesversion',
  'eks:supporttype',
  'eks:zonalshiftenabled',
  'eks:deletionprotection',
  'eks:computeconfigenabled',
  'eks:elasticloadbalancingenabled',
  'eks:blockstorageenabled',
  'eks:endpointpublicaccess',
  'eks:endpointprivateaccess',
  'eks:encryptionconfigproviderkeyarns',
  'eks:accessentrytype',
  'eks:clustername',
  'eks:policyarn',
  'eks:principalarn',
  'eks:kubernetesgroups',
  'eks:username',
  's3:prefix',
  's3:delimiter',
  's3:versionid',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  'ec2:createaction',
  'kms:viaservice',
  'kms:calleraccount',
  'kms:grantisforawsresource',
  'kms:requestalias',
  'kms:resourcealiases',
  'ec2:region',
  'ec2:islaunchtemplateresource',
  'ec2:launchtemplate',
  'ec2:vpc',
  'ec2:vpcid',
  'ec2:subnetid',
  'ec2:routetableid',
  'ec2:securitygroupid',
  'ec2:networkinterfaceid',
  'ec2:internetgatewayid',
  'ec2:allocationid',
  'ec2:vpceservicename',
  'ec2:vpceserviceowner',
]);
const knownPrefixes = ['eks:loggingtype/', 'aws:requesttag/', 'aws:principaltag/', 'kms:encryptioncontext:'];

/** The resource tags that are looked up. */
const taggedServices = ['ec2', 'iam', 'kms', 'ecr', 'eks', 'logs', 'secretsmanager'];

/** Of the keys that the reference lists for a check, those that the stand-in cannot answer. */
export function unansweredOf(listed: readonly string[], service: string): string[] {
  const isTagOfResource = (key: string): boolean =>
    key.startsWith('aws:resourcetag/') || key.startsWith(`${service}:resourcetag/`);
  return listed.filter((key) => {
    if (isTagOfResource(key)) return !taggedServices.includes(service);
    return !knownKeys.has(key) && !knownPrefixes.some((prefix) => key.startsWith(prefix));
  });
}

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

/**
 * `unanswered`: keys that AWS's reference lists for the check and the stand-in does not know. Given, every other key of a
 * service, and every other tag, is known: it has a value or is absent.
 */
export function extendContext(
  context: RequestContext,
  values: Record<string, string | string[] | undefined>,
  unanswered?: readonly string[],
): RequestContext {
  const added = createContext(values);
  const isKnownByReference = (key: string): boolean =>
    unanswered !== undefined && !isPlainGlobal(key) && !listsKey(unanswered, key);
  return {
    isKnownKey: (key) => added.isKnownKey(key) || context.isKnownKey(key) || isKnownByReference(key),
    values: new Map([...context.values, ...added.values]),
  };
}

/** Global keys but the tags, which are there only where the reference lists them. */
export function isPlainGlobal(key: string): boolean {
  return /^aws:/i.test(key) && !/^aws:(requesttag\/|resourcetag\/|tagkeys$)/i.test(key);
}

/** Does the list name this key? `aws:requesttag/${tagkey}` and `s3:existingobjecttag/<key>` name a whole family. */
export function listsKey(keys: readonly string[], key: string): boolean {
  const wanted = key.toLowerCase();
  return keys.some((listed) => {
    const family = listed.search(/[$<]/);
    return family < 0 ? listed === wanted : wanted.startsWith(listed.slice(0, family));
  });
}
