import type { Json, JsonObject } from '../../contract/index.ts';

/**
 * One call of AWS's API, as its command line takes it: `aws <service> <operation> --cli-input-json <input>`. `${NAME}` in the
 * input is what an earlier call was remembered as.
 */
export type Call = {
  /** As boto and the command line name it: `ec2`, `s3` (whose calls the command line has under `s3api`). */
  service: 'ec2' | 'ecr' | 'eks' | 'iam' | 'kms' | 'logs' | 's3';
  /** As the API names it: `CreateVpc`. */
  operation: string;
  input: JsonObject;
  /** Remembered as `name`: this path of the answer. */
  remember?: { name: string; path: string };
  /** What is waited for afterwards: `aws <service> wait <waiter>`, with this input. */
  wait?: { waiter: string; input: Record<string, string> };
};

export type Step = { title: string; why: string; calls: readonly Call[] };

export const call = (
  service: Call['service'],
  operation: string,
  input: JsonObject,
  more: Partial<Call> = {},
): Call => ({
  service,
  operation,
  input,
  ...more,
});

/** EC2 tags a thing in the call that makes it, which is what the rights of every role of ours ask for. */
export function taggedAs(resourceType: string, tags: Readonly<Record<string, string>>): { TagSpecifications: Json } {
  return {
    TagSpecifications: [
      { ResourceType: resourceType, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    ],
  };
}
