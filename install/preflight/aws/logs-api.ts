import type { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { parseJson } from '../../../contract/index.ts';
import type { ReadOnlyHandler } from './read-only-handler.ts';

export type LogsApi = {
  /** Names of the log groups that begin so. */
  groups(prefix: string): Promise<string[]>;
  tagsOf(groupArn: string): Promise<Record<string, string>>;
};

const groupsSchema = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })).default([]) });
const tagsSchema = z.object({ tags: z.record(z.string(), z.string()).default({}) });
const refusalSchema = z.object({ __type: z.string().default('Refused'), message: z.string().default('') });
const limit = { bytes: 1_000_000, depth: 20 };

/** The two calls of CloudWatch Logs that preflight makes, signed by hand: too few for a client of their own. */
export function createLogsApi(options: { endpoint: URL; signer: SignatureV4; handler: ReadOnlyHandler }): LogsApi {
  const call = async <T extends z.ZodType>(action: string, input: object, schema: T): Promise<z.infer<T>> => {
    const { endpoint, signer, handler } = options;
    const signed = await signer.sign({
      method: 'POST',
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      ...(endpoint.port === '' ? {} : { port: Number(endpoint.port) }),
      path: '/',
      query: {},
      headers: {
        host: endpoint.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `Logs_20140328.${action}`,
      },
      body: JSON.stringify(input),
    });
    const { response } = await handler.handle({ ...signed, query: {} });
    let text = '';
    for await (const chunk of response.body) text += String(chunk);
    if (response.statusCode === 200) return parseJson(text, schema, `the answer to logs:${action}`, limit);
    const { __type, message } = parseJson(text, refusalSchema, `the refusal of logs:${action}`, limit);
    // In the SDK's shape, so that it is read like every other refusal.
    throw Object.assign(new Error(message), {
      name: __type.split('#').at(-1) ?? __type,
      $metadata: { httpStatusCode: response.statusCode },
    });
  };
  return {
    groups: async (prefix) => {
      const { logGroups } = await call('DescribeLogGroups', { logGroupNamePrefix: prefix }, groupsSchema);
      return logGroups.map((group) => group.logGroupName);
    },
    tagsOf: async (resourceArn) => (await call('ListTagsForResource', { resourceArn }, tagsSchema)).tags,
  };
}
