import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { region } from './account.ts';
import { type LoopbackProcess, startLoopbackProcess } from './loopback-process.ts';
import type { CloudRequest, CloudResponse } from './wire/request.ts';

export type Moto = {
  /** Loopback only: whoever reaches it is the account's administrator. */
  endpoint: string;
  /** Passes a request on as it came in. */
  forward(request: CloudRequest): Promise<CloudResponse>;
  /** A call of our own, as the account's administrator, by the query, the JSON or a REST protocol. */
  query(service: string, parameters: Record<string, string>): Promise<string>;
  json(service: string, target: string, body: unknown): Promise<CloudResponse>;
  get(service: string, target: string): Promise<CloudResponse>;
  stop(): Promise<void>;
};

/** moto 5.2.5 as the account's memory: IAM, S3, EC2, ECR's records, KMS and the rest. */
export async function startMoto(options: { motoServerPath: string; dir: string }): Promise<Moto> {
  const server: LoopbackProcess = await startLoopbackProcess({
    name: 'moto',
    command: (port) => ({ file: options.motoServerPath, args: ['-H', '127.0.0.1', '-p', String(port)] }),
    env: {
      PATH: '/usr/bin:/bin',
      HOME: options.dir,
      // Without it every AWS-managed policy is a 404; with the default images it starts seconds later.
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
      MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
    },
    logPath: join(options.dir, 'moto.log'),
    readyPath: '/moto-api/',
    timeoutMs: 60_000,
  });
  const agent = new Agent({ keepAlive: true });
  const forward = (request: CloudRequest): Promise<CloudResponse> => send(server.port, agent, request);
  const scope = (service: string): string =>
    `AWS4-HMAC-SHA256 Credential=AKIAINTERNAL/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    forward,
    async query(service, parameters) {
      const body = Buffer.from(new URLSearchParams(parameters).toString());
      const headers = {
        host: 'moto',
        authorization: scope(service),
        'content-type': 'application/x-www-form-urlencoded',
      };
      return (await forward({ method: 'POST', target: '/', headers, body })).body.toString('utf8');
    },
    json(service, target, value) {
      const headers = {
        host: 'moto',
        authorization: scope(service),
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
      };
      return forward({ method: 'POST', target: '/', headers, body: Buffer.from(JSON.stringify(value)) });
    },
    get(service, target) {
      const headers = { host: 'moto', authorization: scope(service) };
      return forward({ method: 'GET', target, headers, body: Buffer.alloc(0) });
    },
    async stop() {
      agent.destroy();
      await server.stop();
    },
  };
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'content-length']);

function send(port: number, agent: Agent, request: CloudRequest): Promise<CloudResponse> {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopByHop.has(name)));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        agent,
        method: request.method,
        path: request.target,
        headers: { ...headers, 'content-length': request.body.length },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const kept = Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name));
          resolve({
            status: answer.statusCode ?? 502,
            headers: Object.fromEntries(
              kept.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
            ),
            body: Buffer.concat(chunks),
          });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(request.body);
  });
}
