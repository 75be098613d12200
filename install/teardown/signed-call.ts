import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { Agent, request } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { createNetwork, undiciConnector } from '../../oci/index.ts';
import type { AwsCredentials, InstallContext } from '../context.ts';

/**
 * Calls of four services of which a teardown needs one or two calls each: a client library for each would be more to keep
 * than this. Query services answer in XML, JSON services in JSON; both as text here.
 */
export type SignedCaller = {
  query(service: string, version: string, action: string, parameters: Record<string, string>): Promise<string>;
  json(service: string, target: string, body: object): Promise<string>;
  close(): Promise<void>;
};

export type CallerOptions = Pick<InstallContext, 'awsEndpointUrl' | 'clock' | 'wayOut'> & {
  region: string;
  credentials: AwsCredentials;
};

const attempts = 4;

/** What AWS said no with: `name` is its code, as the SDK's errors have it. */
export class CallRefusal extends Error {
  override readonly name: string;
  readonly $metadata: { httpStatusCode: number };
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode: status };
  }
}

export function createSignedCaller(options: CallerOptions): SignedCaller {
  const network = options.wayOut?.network ?? createNetwork();
  const agent = new Agent({ connect: undiciConnector(network.connect()), headersTimeout: 60_000, bodyTimeout: 60_000 });
  const send = async (service: string, headers: Record<string, string>, body: string): Promise<string> => {
    const url = endpointOf(options, service);
    for (let attempt = 1; ; attempt++) {
      const answer = await post(options, agent, url, service, headers, body);
      if (answer.status < 300) return answer.text;
      const refusal = refusalIn(answer);
      const passing = answer.status >= 500 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(refusal.name);
      if (!passing || attempt === attempts) throw refusal;
      await options.clock.sleep(500 * 2 ** attempt);
    }
  };
  return {
    query: (service, version, action, parameters) =>
      send(
        service,
        { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        new URLSearchParams({ Action: action, Version: version, ...parameters }).toString(),
      ),
    json: (service, target, body) =>
      send(service, { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }, JSON.stringify(body)),
    close: () => agent.close(),
  };
}

function endpointOf({ awsEndpointUrl, region }: CallerOptions, service: string): URL {
  if (awsEndpointUrl !== undefined) return new URL(awsEndpointUrl);
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(service === 'budgets' ? `https://budgets.${domain}` : `https://${service}.${region}.${domain}`);
}

async function post(
  options: CallerOptions,
  dispatcher: Agent,
  url: URL,
  service: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; text: string }> {
  const { credentials } = options;
  // Budgets is a global service, signed for one region.
  const region = service === 'budgets' ? 'us-east-1' : options.region;
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: '/',
      headers: { host: url.host, ...headers },
      body,
    },
    { signingDate: options.clock.now() },
  );
  try {
    const answer = await request(url, { method: 'POST', dispatcher, headers: signed.headers, body });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-TEARDOWN-004', `${service} at ${url.host} did not answer: ${why}`, {
      cause,
      temporary: true,
    });
  }
}

/** `<Code>..</Code><Message>..</Message>` or `{"__type": "...#Code", "message": ".."}`. */
function refusalIn({ status, text }: { status: number; text: string }): CallRefusal {
  const code =
    /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? 'UnknownError';
  const message =
    /<Message>([^<]+)<\/Message>/.exec(text)?.[1] ??
    /"[mM]essage"\s*:\s*"([^"]*)"/.exec(text)?.[1] ??
    text.slice(0, 200);
  return new CallRefusal(code, message, status);
}
