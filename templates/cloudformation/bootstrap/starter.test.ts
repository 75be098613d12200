import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import vm from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

type Answer = { headers: http.IncomingHttpHeaders; body: string };
const source = readFileSync(join(import.meta.dirname, 'starter.cjs'), 'utf8');

/** The function as Lambda loads it, with CodeBuild pretended, waiting cut short, and the callback on this machine. */
function load(code: string, codebuild: (command: { kind: string; input: Record<string, unknown> }) => unknown) {
  const command = (kind: string) =>
    function Command(this: object, input: object) {
      Object.assign(this, { kind, input });
    };
  const modules: Record<string, unknown> = {
    'node:https': { request: http.request },
    'node:timers/promises': { setTimeout: () => Promise.resolve() },
    '@aws-sdk/client-codebuild': {
      CodeBuildClient: class {
        send = async (sent: { kind: string; input: Record<string, unknown> }) => codebuild(sent);
      },
      StartBuildCommand: command('start'),
      BatchGetBuildsCommand: command('get'),
    },
  };
  const exports: { handler?: (event: unknown) => Promise<void> } = {};
  const context = { exports, require: (name: string) => modules[name], Buffer, console: { log: () => undefined } };
  vm.runInNewContext(code, context);
  return exports.handler ?? (() => Promise.reject(new Error('no handler')));
}

describe('the function that starts the bootstrap job for CloudFormation', () => {
  let server: http.Server;
  let url: string;
  let answers: Answer[] = [];
  let statuses: number[] = [];
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        answers.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
        response.statusCode = statuses.shift() ?? 200;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    url = `http://127.0.0.1:${port}/callback?Signature=abc`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    answers = [];
    statuses = [];
  });

  const request = (RequestType: string, more = {}) => ({
    RequestType,
    ResponseURL: url,
    StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/landfall-bootstrap/1',
    RequestId: 'request-1',
    LogicalResourceId: 'BaseRun',
    ResourceProperties: { Project: 'lf-acme-bootstrap-base' },
    ...more,
  });
  const ended = { source: 'aws.codebuild', detail: { 'build-id': 'build-1' } };
  const build = (more: object) => {
    const { ResponseURL, StackId, RequestId, LogicalResourceId } = request('Create');
    const PhysicalResourceId = 'lf-acme-bootstrap-base';
    const value = JSON.stringify({ ResponseURL, StackId, RequestId, LogicalResourceId, PhysicalResourceId });
    const environmentVariables = [{ name: 'LANDFALL_CFN_REQUEST', value }];
    return () => ({ builds: [{ environment: { environmentVariables }, ...more }] });
  };
  const said = (): Record<string, unknown> => JSON.parse(answers.at(-1)?.body ?? '{}');

  it.each(['Create', 'Update'])('starts the build at %s and answers nothing yet', async (type) => {
    const sent: unknown[] = [];
    await load(source, (command) => sent.push(command))(request(type));
    expect(sent).toMatchObject([
      { kind: 'start', input: { projectName: 'lf-acme-bootstrap-base', idempotencyToken: 'request-1' } },
    ]);
    expect(answers).toEqual([]);
  });

  it('answers that the build could not be started', async () => {
    const handler = load(source, () => {
      throw new Error('the service role is not assumable');
    });
    await handler(request('Create'));
    expect(said()).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('the service role is not assumable'),
      PhysicalResourceId: 'lf-acme-bootstrap-base',
    });
  });

  it.each([
    ['of a whole resource', {}],
    ['of one whose creation failed', { PhysicalResourceId: 'anything', ResourceProperties: {} }],
    ['without any properties', { ResourceProperties: undefined }],
  ])('answers Delete %s with success, and asks CodeBuild nothing', async (_, more) => {
    const handler = load(source, () => {
      throw new Error('must not be asked');
    });
    await handler(request('Delete', more));
    expect(said()).toMatchObject({ Status: 'SUCCESS', RequestId: 'request-1', LogicalResourceId: 'BaseRun' });
  });

  it('keeps the physical id at an update: another one would delete the resource', async () => {
    const sent: { input: Record<string, unknown> }[] = [];
    await load(source, (command) => sent.push(command))(request('Update', { PhysicalResourceId: 'the-first' }));
    expect(JSON.stringify(sent[0]?.input)).toContain('the-first');
  });

  it('answers a build that succeeded with what it exported', async () => {
    const exportedEnvironmentVariables = [{ name: 'VpcId', value: 'vpc-1' }];
    await load(source, build({ buildStatus: 'SUCCEEDED', exportedEnvironmentVariables }))(ended);
    expect(said()).toMatchObject({
      Status: 'SUCCESS',
      Data: { VpcId: 'vpc-1' },
      StackId: request('Create').StackId,
      PhysicalResourceId: 'lf-acme-bootstrap-base',
    });
  });

  it.each(['FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'])('answers a build that ended as %s', async (buildStatus) => {
    const phases = [{ phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'LF-INSTALL-001 refused' }] }];
    await load(source, build({ buildStatus, phases, logs: { deepLink: 'https://logs' } }))(ended);
    expect(said()).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/BUILD.*LF-INSTALL-001.*logs/) });
  });

  it('answers nothing for a build that a person started', async () => {
    const handler = load(source, () => ({ builds: [{ buildStatus: 'SUCCEEDED', environment: {} }] }));
    await handler(ended);
    expect(answers).toEqual([]);
  });

  it.each([
    ['many letters of two bytes in the data', { buildStatus: 'SUCCEEDED', exported: 'ü'.repeat(2100), message: '' }],
    ['a page of text as the reason', { buildStatus: 'FAILED', exported: '', message: 'x'.repeat(9000) }],
  ])('stays under 4096 bytes with %s', async (_, { buildStatus, exported, message }) => {
    const exportedEnvironmentVariables = exported === '' ? [] : [{ name: 'A', value: exported }];
    const phases = [{ phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message }] }];
    await load(source, build({ buildStatus, exportedEnvironmentVariables, phases }))(ended);
    expect(said()).toMatchObject({ Status: 'FAILED', Reason: expect.any(String) });
    expect(Buffer.byteLength(answers.at(-1)?.body ?? '')).toBeLessThan(4096);
  });

  it('sends an empty content type and the length in bytes: the address is signed for nothing else', async () => {
    await load(
      source,
      build({ buildStatus: 'SUCCEEDED', exportedEnvironmentVariables: [{ name: 'A', value: 'ü' }] }),
    )(ended);
    const [first] = answers;
    expect(first?.headers['content-type']).toBe('');
    expect(first?.headers['content-length']).toBe(String(Buffer.byteLength(first?.body ?? '')));
  });

  it('looks at the callback’s status and tries again until it is taken', async () => {
    statuses = [503, 500, 200];
    await load(source, build({ buildStatus: 'SUCCEEDED' }))(ended);
    expect(answers).toHaveLength(3);
  });

  it('fails loudly when the callback never takes the answer', async () => {
    statuses = [403, 403, 403, 403, 403];
    await expect(load(source, build({ buildStatus: 'SUCCEEDED' }))(ended)).rejects.toThrow(
      /did not take the answer: 403/,
    );
  });

  it('would lose the answer without that look (the guard off)', async () => {
    const careless = source.replace('status >= 200 && status < 300', 'status > 0');
    expect(careless).not.toBe(source);
    statuses = [403];
    await load(careless, build({ buildStatus: 'SUCCEEDED' }))(ended);
    expect(answers).toHaveLength(1);
  });
});
