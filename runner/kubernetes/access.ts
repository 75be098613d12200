import * as z from 'zod';
import { parseValue } from '../../contract/index.ts';
import type { Transport } from './transport.ts';
import type { AccessAttributes } from './types.ts';

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Asks the API server, as whoever the transport speaks for; everybody who is let in may ask about themselves. */
export async function isAllowed(
  transport: Transport,
  attributes: AccessAttributes,
  signal: AbortSignal,
): Promise<boolean> {
  const [resource, subresource] = attributes.resource.split('/');
  const { body } = await transport.call({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { ...attributes, resource, subresource } },
    },
    signal,
  });
  return parseValue(body, reviewSchema, "the API server's answer to an access review").status.allowed;
}
