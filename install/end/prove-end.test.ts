import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proveEnd } from './prove-end.ts';

type Answer = { status: number; body: string };
const denied: Answer = {
  status: 403,
  body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
};
const complaint: Answer = {
  status: 400,
  body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>not like this</Message></Error></ErrorResponse>',
};

/** AWS and the cluster in one: what each answers, one after the other; the last answer stays. */
const answers: { assume: Answer[]; cluster: (Answer | 'cut')[] } = { assume: [], cluster: [] };
const next = <T>(list: T[]): T | undefined => (list.length > 1 ? list.shift() : list[0]);
let server: Server;
let url: string;
beforeEach(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const cluster = request.url?.startsWith('/api/v1') === true;
      const answer = cluster
        ? next(answers.cluster)
        : body.includes('Action=AssumeRole')
          ? next(answers.assume)
          : denied;
      if (answer === undefined || answer === 'cut') request.socket.destroy();
      else response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterEach(() => void server.close());

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x' };
function prove(): ReturnType<typeof proveEnd> {
  let now = Date.parse('2026-01-06T00:00:00.000Z');
  const clock = {
    now: () => new Date(now),
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const nothing = (): never => {
    throw new Error('no engine here');
  };
  const context = { clock, runProcess: nothing, say: () => undefined, engines: { tofu: '', helm: '' } };
  return proveEnd(
    { ...context, workDir: '/nowhere', awsEndpointUrl: url },
    {
      installId: 'acme',
      accountId: '123456789012',
      region: 'eu-central-1',
      session: {
        credentials,
        roleArn: 'arn:aws:iam::123456789012:role/lf-acme-install',
        expiresAt: new Date(now + 1e6),
      },
      cluster: { endpoint: url, ca: '' },
      vendor: { credentials, externalId: 'e'.repeat(20) },
      timeoutMs: 3_000,
    },
  );
}

describe('the proof of the end', () => {
  const unauthorized: Answer = { status: 401, body: '{"message":"Unauthorized"}' };

  it('is every refusal, word for word', async () => {
    Object.assign(answers, { assume: [denied], cluster: [unauthorized] });
    const proof = await prove();
    expect(proof.kubernetes).toMatchObject({ status: 401, message: 'Unauthorized' });
    expect(proof.assumeRole).toContain('no');
  });

  it('is asked for again when the cluster does not answer for a moment', async () => {
    Object.assign(answers, { assume: [denied], cluster: ['cut', unauthorized] });
    expect((await prove()).kubernetes.status).toBe(401);
  });

  it('is not that AWS had another complaint than the role', async () => {
    Object.assign(answers, { assume: [complaint], cluster: [unauthorized] });
    await expect(prove()).rejects.toMatchObject({ code: 'LF-INSTALL-006' });
  });
});
