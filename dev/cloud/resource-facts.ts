import { arn } from './account.ts';
import { ec2Arn } from './calls/ec2.ts';
import type { ResourceLookup } from './calls/complete-call.ts';
import type { AccountLookup } from './calls/dependent-checks.ts';
import { tagsOf } from './calls/json.ts';
import type { EksState } from './eks/state.ts';
import type { IamAccount } from './iam-account.ts';
import type { Moto } from './moto.ts';
import type { Check } from './policy/evaluate.ts';
import { isRecord } from './wire/request.ts';

type Facts = NonNullable<Check['context']>;
type Dependencies = { moto: Moto; iam: IamAccount; eks: EksState };

const ec2Version = { Version: '2016-11-15' };

/** Tags and relations of the account's resources, read from moto, EKS and IAM. Cached until `changed()`. */
export class ResourceFacts implements ResourceLookup, AccountLookup {
  readonly #deps: Dependencies;
  #known = new Map<string, Promise<Facts>>();
  #bucketKeys = new Map<string, Promise<string | undefined>>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** These resources have changed; `*` among them: any may have. */
  changed(resources: readonly string[]): void {
    if (resources.includes('*')) {
      this.#known = new Map();
      this.#bucketKeys = new Map();
    }
    for (const resource of resources) {
      this.#known.delete(resource);
      this.#bucketKeys.delete(/^arn:aws:s3:::([^/]+)/.exec(resource)?.[1] ?? '');
    }
  }

  /** AWS makes these at an account's first cluster and node group, with the caller's right to. */
  hasServiceLinkedRole(service: string): boolean {
    return this.#deps.eks.serviceLinkedRoles.has(service);
  }

  factsOf(resource: string): Promise<Facts> {
    const service = resource.split(':')[2] ?? '';
    // EKS keeps its own state here: nothing to read over the wire, and it changes without moto.
    if (service === 'eks') return Promise.resolve(this.#eks(resource));
    const known = this.#known;
    const reading = known.get(resource) ?? this.#read(service, resource);
    known.set(resource, reading);
    reading.catch(() => known.delete(resource));
    return reading;
  }

  bucketKey(bucket: string): Promise<string | undefined> {
    const known = this.#bucketKeys;
    const reading = known.get(bucket) ?? this.#readBucketKey(bucket);
    known.set(bucket, reading);
    reading.catch(() => known.delete(bucket));
    return reading;
  }

  async #readBucketKey(bucket: string): Promise<string | undefined> {
    const xml = (await this.#deps.moto.get('s3', `/${bucket}?encryption`)).body.toString('utf8');
    return xml.includes('>aws:kms<') ? /<KMSMasterKeyID>([^<]+)/.exec(xml)?.[1] : undefined;
  }

  async resolve(resource: string): Promise<string[]> {
    const association = /:ec2:.*:association\/((rtbassoc|eipassoc)-.+)$/.exec(resource);
    if (association !== null) return this.#associated(association[1] ?? '', association[2] === 'rtbassoc');
    const alias = /:kms:[^:]*:\d*:key\/(alias\/.+)$/.exec(resource)?.[1];
    if (alias === undefined) return [resource];
    const key = await this.#json('kms', 'TrentService.DescribeKey', { KeyId: alias });
    const found = isRecord(key['KeyMetadata']) ? key['KeyMetadata']['Arn'] : undefined;
    return typeof found === 'string' ? [found] : [];
  }

  async #read(service: string, resource: string): Promise<Facts> {
    const name = resource.split(':').slice(5).join(':');
    switch (service) {
      case 'ec2':
        return this.#ec2(name);
      case 'iam':
        return this.#iam(name, resource);
      case 'kms':
        return name.startsWith('key/') ? this.#kms(name.slice('key/'.length)) : {};
      case 'ecr': {
        const target = 'AmazonEC2ContainerRegistry_V20150921.ListTagsForResource';
        return resourceTags('ecr', tagsOf((await this.#json('ecr', target, { resourceArn: resource }))['tags']));
      }
      case 'logs': {
        const target = 'Logs_20140328.ListTagsForResource';
        return resourceTags('logs', tagsOf((await this.#json('logs', target, { resourceArn: resource }))['tags']));
      }
      case 'elasticloadbalancing':
        return this.#loadBalancing(name, resource);
      case 'secretsmanager': {
        const secret = await this.#json('secretsmanager', 'secretsmanager.DescribeSecret', { SecretId: resource });
        return resourceTags('secretsmanager', tagsOf(secret['Tags']));
      }
      default:
        return {};
    }
  }

  async #ec2(name: string): Promise<Facts> {
    const [type = '', id = ''] = name.split('/');
    const tags = await this.#deps.moto.query('ec2', {
      Action: 'DescribeTags',
      ...ec2Version,
      'Filter.1.Name': 'resource-id',
      'Filter.1.Value.1': id,
    });
    const found = [...tags.matchAll(/<key>([^<]*)<\/key>[\s\S]*?<value>([^<]*)<\/value>/g)];
    const facts = resourceTags(
      'ec2',
      Object.fromEntries(found.map(([, key, value]) => [unescape(key), unescape(value)])),
    );
    const idKey = idKeys[type];
    if (idKey !== undefined) facts[idKey] = id;
    const describe = withVpc[type];
    if (describe === undefined) return facts;
    const xml = await this.#deps.moto.query('ec2', {
      Action: describe.action,
      ...ec2Version,
      [`${describe.id}.1`]: id,
    });
    const vpc = /<vpcId>([^<]+)<\/vpcId>/.exec(xml)?.[1];
    return { ...facts, ...(vpc === undefined ? {} : { 'ec2:Vpc': arn('ec2', `vpc/${vpc}`) }) };
  }

  async #iam(name: string, resource: string): Promise<Facts> {
    const role = /^role\/(?:.*\/)?([^/]+)$/.exec(name)?.[1];
    if (role !== undefined) {
      const found = await this.#deps.iam.role(role);
      const boundary = found?.boundary === undefined ? {} : { 'iam:PermissionsBoundary': found.boundary.name };
      return { ...resourceTags('iam', found?.tags ?? {}), ...boundary };
    }
    if (!name.startsWith('policy/')) return {};
    const xml = await this.#deps.moto.query('iam', {
      Action: 'ListPolicyTags',
      Version: '2010-05-08',
      PolicyArn: resource,
    });
    const found = [...xml.matchAll(/<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>/g)];
    return resourceTags('iam', Object.fromEntries(found.map(([, key, value]) => [unescape(key), unescape(value)])));
  }

  async #loadBalancing(name: string, resource: string): Promise<Facts> {
    // A classic one's ARN ends in its name; the others' have kind, name and id.
    const classic = /^loadbalancer\/([^/]+)$/.exec(name)?.[1];
    const which: Record<string, string> =
      classic === undefined
        ? { Version: '2015-12-01', 'ResourceArns.member.1': resource }
        : { Version: '2012-06-01', 'LoadBalancerNames.member.1': classic };
    const xml = await this.#deps.moto.query('elasticloadbalancing', { Action: 'DescribeTags', ...which });
    const found = [...xml.matchAll(/<member>\s*<(Key|Value)>([^<]*)<\/\1>\s*<(Key|Value)>([^<]*)<\/\3>/g)];
    const pairs = found.map(([, first, a, , b]) =>
      first === 'Key' ? [unescape(a), unescape(b)] : [unescape(b), unescape(a)],
    );
    return resourceTags('elasticloadbalancing', Object.fromEntries(pairs));
  }

  async #kms(id: string): Promise<Facts> {
    const tags = await this.#json('kms', 'TrentService.ListResourceTags', { KeyId: id });
    const { Aliases } = await this.#json('kms', 'TrentService.ListAliases', { KeyId: id });
    const names = (Array.isArray(Aliases) ? Aliases : []).filter(isRecord).map((alias) => String(alias['AliasName']));
    return {
      ...resourceTags('kms', tagsOf(tags['Tags'])),
      ...(names.length === 0 ? {} : { 'kms:ResourceAliases': names }),
    };
  }

  #eks(resource: string): Facts {
    const shown = this.#deps.eks.byArn(resource);
    if (shown === undefined) return {};
    const texts = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    const groups = shown['kubernetesGroups'];
    return {
      ...resourceTags('eks', tagsOf(shown['tags'])),
      'eks:clusterName': texts(shown['clusterName']),
      'eks:principalArn': texts(shown['principalArn']),
      'eks:accessEntryType': texts(shown['type']),
      'eks:username': texts(shown['username']),
      'eks:kubernetesGroups': Array.isArray(groups) ? groups.map(String) : undefined,
    };
  }

  async #associated(id: string, isRoute: boolean): Promise<string[]> {
    const filter = isRoute ? 'association.route-table-association-id' : 'association-id';
    const xml = await this.#deps.moto.query('ec2', {
      Action: isRoute ? 'DescribeRouteTables' : 'DescribeAddresses',
      ...ec2Version,
      'Filter.1.Name': filter,
      'Filter.1.Value.1': id,
    });
    const item = isRoute
      ? [/<routeTableId>([^<]+)/.exec(xml)?.[1], new RegExp(`${id}[\\s\\S]*?<subnetId>([^<]+)`).exec(xml)?.[1]]
      : [/<allocationId>([^<]+)/.exec(xml)?.[1], /<networkInterfaceId>([^<]+)/.exec(xml)?.[1]];
    return item.map((one) => ec2Arn(one ?? '')).filter((one) => one !== undefined);
  }

  async #json(service: string, target: string, body: unknown): Promise<Record<string, unknown>> {
    const answer = await this.#deps.moto.json(service, target, body);
    const value: unknown = answer.status === 200 ? JSON.parse(answer.body.toString('utf8')) : {};
    return isRecord(value) ? value : {};
  }
}

/** The same without looking at what exists. */
export function withoutFacts(facts: ResourceFacts): ResourceLookup & AccountLookup {
  return {
    factsOf: async () => ({}),
    resolve: (resource) => facts.resolve(resource),
    bucketKey: (bucket) => facts.bucketKey(bucket),
    hasServiceLinkedRole: (service) => facts.hasServiceLinkedRole(service),
  };
}

const withVpc: Record<string, { action: string; id: string }> = {
  subnet: { action: 'DescribeSubnets', id: 'SubnetId' },
  'route-table': { action: 'DescribeRouteTables', id: 'RouteTableId' },
  'security-group': { action: 'DescribeSecurityGroups', id: 'GroupId' },
  'network-interface': { action: 'DescribeNetworkInterfaces', id: 'NetworkInterfaceId' },
  'network-acl': { action: 'DescribeNetworkAcls', id: 'NetworkAclId' },
};

const idKeys: Record<string, string> = {
  vpc: 'ec2:VpcID',
  subnet: 'ec2:SubnetID',
  'route-table': 'ec2:RouteTableID',
  'security-group': 'ec2:SecurityGroupID',
  'network-interface': 'ec2:NetworkInterfaceID',
  'internet-gateway': 'ec2:InternetGatewayID',
  'elastic-ip': 'ec2:AllocationId',
};

function resourceTags(service: string, tags: Record<string, string>): Facts {
  const pairs = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`${service}:ResourceTag/${key}`, value],
  ]);
  return Object.fromEntries(pairs);
}

function unescape(text = ''): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
