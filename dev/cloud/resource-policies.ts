import type { BucketPolicies } from './bucket-policies.ts';
import type { Moto } from './moto.ts';
import { parsePolicy, type PolicyDocument } from './policy/document.ts';
import { isRecord } from './wire/request.ts';

/** The policies that hang on resources, as moto keeps them (buckets': as we keep them). Cached until `changed()`. */
export class ResourcePolicies {
  readonly #moto: Moto;
  readonly #buckets: BucketPolicies;
  #known = new Map<string, Promise<PolicyDocument | undefined>>();

  constructor(moto: Moto, buckets: BucketPolicies) {
    this.#moto = moto;
    this.#buckets = buckets;
  }

  /** These resources have changed; `*` among them: any may have. */
  changed(resources: readonly string[]): void {
    if (resources.includes('*')) this.#known = new Map();
    for (const resource of resources) this.#known.delete(ownerOf(resource));
  }

  /** The policy on the resource with this ARN; undefined where there is none, or none can be. */
  policyOf(resource: string): Promise<PolicyDocument | undefined> {
    const owner = ownerOf(resource);
    const known = this.#known;
    const reading = known.get(owner) ?? this.#read(owner);
    known.set(owner, reading);
    reading.catch(() => known.delete(owner));
    return reading;
  }

  async #read(resource: string): Promise<PolicyDocument | undefined> {
    const text = await this.#textOf(resource);
    return text === undefined || text === '' ? undefined : parsePolicy(`policy of ${resource}`, text);
  }

  async #textOf(resource: string): Promise<string | undefined> {
    const [, , service = '', , account = ''] = resource.split(':');
    const name = resource.split(':').slice(5).join(':');
    switch (service) {
      case 's3':
        return this.#buckets.of(resource);
      case 'kms': {
        const body = { KeyId: name.replace(/^key\//, ''), PolicyName: 'default' };
        return name.startsWith('key/') ? this.#field('kms', 'TrentService.GetKeyPolicy', body, 'Policy') : undefined;
      }
      case 'ecr': {
        const body = { repositoryName: name.replace(/^repository\//, '') };
        return this.#field('ecr', 'AmazonEC2ContainerRegistry_V20150921.GetRepositoryPolicy', body, 'policyText');
      }
      case 'secretsmanager':
        return this.#field(
          'secretsmanager',
          'secretsmanager.GetResourcePolicy',
          { SecretId: resource },
          'ResourcePolicy',
        );
      case 'sqs': {
        const body = { QueueUrl: `http://moto/${account}/${name}`, AttributeNames: ['Policy'] };
        const answer = await this.#moto.json('sqs', 'AmazonSQS.GetQueueAttributes', body);
        const value: unknown = answer.status === 200 ? JSON.parse(answer.body.toString('utf8')) : {};
        const attributes = isRecord(value) && isRecord(value['Attributes']) ? value['Attributes'] : {};
        return typeof attributes['Policy'] === 'string' ? attributes['Policy'] : undefined;
      }
      case 'sns':
        return this.#topicPolicy(resource);
      case 'lambda': {
        const [kind, owner = '', version] = name.split(':');
        const isLayer = kind === 'layer';
        const path = isLayer
          ? `/2018-10-31/layers/${owner}/versions/${version}/policy`
          : `/2015-03-31/functions/${owner}/policy`;
        return fieldOf(await this.#moto.get('lambda', path), 'Policy');
      }
      default:
        return undefined;
    }
  }

  async #field(service: string, target: string, body: unknown, field: string): Promise<string | undefined> {
    return fieldOf(await this.#moto.json(service, target, body), field);
  }

  async #topicPolicy(topic: string): Promise<string | undefined> {
    const xml = await this.#moto.query('sns', { Action: 'GetTopicAttributes', Version: '2010-03-31', TopicArn: topic });
    const escaped = /<key>Policy<\/key>\s*<value>([\s\S]*?)<\/value>/.exec(xml)?.[1];
    return escaped
      ?.replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&#x27;', "'")
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
  }
}

function fieldOf(answer: { status: number; body: Buffer }, field: string): string | undefined {
  const value: unknown = answer.status === 200 ? JSON.parse(answer.body.toString('utf8')) : {};
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** The policy of an object is its bucket's, that of a secret's version the secret's. */
function ownerOf(resource: string): string {
  return resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? resource) : resource;
}
