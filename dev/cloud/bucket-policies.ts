import type { Call } from './calls/call.ts';
import type { Moto } from './moto.ts';
import type { CloudRequest, CloudResponse } from './wire/request.ts';

/**
 * Bucket policies are kept here and never reach moto: it evaluates them without their conditions, so that a policy that
 * refuses plain HTTP would refuse everybody. They are stored and given back; `authorize.ts` decides by them.
 */
export class BucketPolicies {
  private readonly policies = new Map<string, Buffer>();

  /** By the bucket's ARN. */
  of(bucket: string): string | undefined {
    return this.policies.get(bucket)?.toString('utf8');
  }

  async answer(call: Call, request: CloudRequest, moto: Moto): Promise<CloudResponse | undefined> {
    const bucket = call.resource;
    if (call.service !== 's3' || bucket === undefined) return undefined;
    if (call.action === 'DeleteBucket') this.policies.delete(bucket);
    if (call.action === 'PutBucketPolicy') {
      // moto's own delete tells whether the bucket exists.
      const asked = await moto.forward({ ...request, method: 'DELETE', body: Buffer.alloc(0) });
      if (asked.status < 300) this.policies.set(bucket, request.body);
      return asked;
    }
    if (call.action === 'DeleteBucketPolicy') this.policies.delete(bucket);
    const stored = call.action === 'GetBucketPolicy' ? this.policies.get(bucket) : undefined;
    if (stored === undefined) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: stored };
  }
}
