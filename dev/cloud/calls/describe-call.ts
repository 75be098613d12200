import { type CloudRequest, formOf } from '../wire/request.ts';
import type { Call } from './call.ts';
import { describeEks } from './eks.ts';
import { describeJson } from './json.ts';
import { describeQuery } from './query.ts';
import { describeRest } from './rest.ts';
import { describeS3 } from './s3.ts';

/** IAM's name for a service where it differs from the one that is signed for. */
const prefixes: Record<string, string> = {
  monitoring: 'cloudwatch',
  email: 'ses',
  tagging: 'tag',
  'eks-auth': 'eks-auth',
};

/** Derives service, action and needed rights. `service` is the one in the signature's scope. */
export function describeCall(request: CloudRequest, signedService: string): Call {
  const service = prefixes[signedService] ?? signedService;
  if (service === 's3') return describeS3(request);
  if (service === 'eks') return describeEks(request);
  if (request.headers['x-amz-target'] !== undefined) return describeJson(request, service);
  const rpc = /^\/service\/[^/]+\/operation\/([^/?]+)/.exec(request.target)?.[1];
  if (rpc !== undefined) return { service, action: rpc, dialect: 'json', checks: [{ action: `${service}:${rpc}` }] };
  if (formOf(request).has('Action')) return describeQuery(request, service);
  return describeRest(request, service);
}
