import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { parseJson } from '../contract/index.ts';

/** One request of ours to AWS. */
export type SendHttp = (
  url: URL,
  request: { method: 'POST'; headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<{ status: number; body: Uint8Array }>;

type Key = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

const associationsSchema = z.object({
  nextToken: z.string().nullish(),
  resourceShareAssociations: z
    .array(
      z.object({
        resourceShareArn: z.string(),
        associatedEntity: z.string(),
        status: z.string().optional(),
      }),
    )
    .default([]),
});
export type ShareAssociations = z.infer<typeof associationsSchema>;

/** The one call of AWS Resource Access Manager that the census makes, signed here: its client is not worth a dependency. */
export type RamCalls = {
  /** `ram:GetResourceShareAssociations` of type PRINCIPAL: with whom this account shares. */
  principalAssociations(nextToken: string | undefined, signal: AbortSignal): Promise<ShareAssociations>;
  destroy(): void;
};

const limit = { bytes: 4 * 1024 * 1024, depth: 8 };

export function createRamCalls(options: {
  region: string;
  endpointUrl: string;
  credentials: Key | (() => Promise<Key>);
  send?: SendHttp | undefined;
}): RamCalls {
  const { region } = options;
  const send = options.send ?? sendByFetch;
  const signer = new SignatureV4({ service: 'ram', region, credentials: options.credentials, sha256: Sha256 });
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const origin = new URL(options.endpointUrl === '' ? `https://ram.${region}.${domain}` : options.endpointUrl);
  return {
    destroy: () => undefined,
    principalAssociations: async (nextToken, signal) => {
      const url = new URL('/getresourceshareassociations', origin);
      const body = JSON.stringify({ associationType: 'PRINCIPAL', ...(nextToken === undefined ? {} : { nextToken }) });
      const signed = await signer.sign({
        method: 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: url.pathname,
        headers: { host: url.host, 'content-type': 'application/json' },
        body,
      });
      const answer = await send(url, { method: 'POST', headers: signed.headers, body, signal });
      if (answer.status !== 200) throw refusalOf(answer.status, answer.body);
      return parseJson(answer.body, associationsSchema, "RAM's answer", limit);
    },
  };
}

/** An error with AWS's own name for it, as the SDK's clients throw. */
function refusalOf(status: number, body: Uint8Array): Error {
  const said = /"__type"\s*:\s*"(?:[^"#]{0,200}#)?([A-Za-z]{1,80})"/.exec(Buffer.from(body).toString('utf8', 0, 4000));
  const error = new Error(`RAM answered ${status}`);
  error.name = said?.[1] ?? (status === 403 ? 'AccessDeniedException' : `Status${status}`);
  return error;
}

const sendByFetch: SendHttp = async (url, { method, headers, body, signal }) => {
  const response = await fetch(url, { method, headers, body, signal });
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
};
