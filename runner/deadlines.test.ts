import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { describeError, LandfallError, systemClock } from '../contract/index.ts';
import { dialedHandler } from './aws/request-handler.ts';
import { podIdentityCredentials } from './aws/clients.ts';
import { listen } from './channel/index.ts';
import { createGate, createRedactor, openLedger } from './egress/index.ts';
import { presignedUrlProbe } from './ending/probe.ts';
import { createImpersonation, createKubernetes } from './kubernetes/index.ts';
import { createStore } from './store/index.ts';

const minute = 60_000;
/** The longest that a call may take, a held one included. */
const bearable = 6 * minute;
const never = new AbortController().signal;
const clock = systemClock;

let dir: string;
let server: Server;
let agent: Agent;
let origin: string;
let asked: number[];

/** A server that takes every connection and says nothing; a minute lasts a tenth of a second. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'deadlines-'));
  agent = new Agent();
  asked = [];
  server = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    asked.push(ms);
    return timeout(ms / 600);
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await agent.destroy();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const kubernetes = () => ({
  connection: { endpoint: origin, caPem: undefined, token: () => Promise.resolve('t') },
  dispatcher: agent,
  clock,
});
const token = (): string => {
  writeFileSync(join(dir, 'token'), 't');
  return join(dir, 'token');
};
const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' };
const attributes = { namespace: 'shop', group: '', resource: 'pods', verb: 'get' };

const store = (kind: 'ConfigMap' | 'Secret' = 'ConfigMap') =>
  createStore({ kubernetes: createKubernetes(kubernetes()), namespace: 'landfall', epoch: () => 1, kind });

const ports: [string, () => Promise<unknown>][] = [
  ['the API server', () => createKubernetes(kubernetes()).get(pod)],
  ['the API server about rights', () => createImpersonation(kubernetes()).isAllowed(null, attributes, never)],
  ['the store for a document', () => store().get('memory', z.unknown())],
  ['the store for a secret document', () => store('Secret').get('keys', z.unknown())],
  ['the store to write a new document', () => store().put('memory', {}, null)],
  ['the store to write a document again', () => store().put('memory', {}, '1')],
  ['the store to delete a document', () => store().delete('memory')],
  ['the store for its documents', () => store().list('')],
  [
    'the control plane, by the gate',
    () => {
      const ledger = openLedger({ dir: join(dir, 'ledger'), clock });
      const gate = createGate({
        install: 'acme',
        controlPlaneUrl: origin,
        dispatcher: agent,
        ledger,
        redactor: createRedactor(),
      });
      const joining = { install: 'acme', joinToken: 'j'.repeat(20), publicKeyPem: 'p', runnerVersion: '1' };
      return gate.send('enrol', joining, { signal: never });
    },
  ],
  [
    'the control plane, held',
    async () => {
      const stop = new AbortController();
      let met: LandfallError | null = null;
      await listen(
        {
          ...{ install: 'acme', controlPlaneUrl: origin, dispatcher: agent, clock, backoff: () => 1 },
          authorize: async () => 'x',
          onAnswer: () => undefined,
          onContact: (error) => {
            met = error;
            stop.abort();
          },
        },
        stop.signal,
      );
      throw met ?? new Error('it answered');
    },
  ],
  ['the agent for credentials', podIdentityCredentialsOf],
  [
    'AWS',
    () => {
      const { hostname, port, protocol } = new URL(origin);
      return dialedHandler(agent).handle({
        protocol,
        hostname,
        port: Number(port),
        method: 'GET',
        path: '/',
        query: {},
        headers: {},
      });
    },
  ],
  [
    'the session that is to be over',
    () => {
      const now = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
      const url = `${origin}/?X-Amz-Date=${now}&X-Amz-Expires=3600`;
      return presignedUrlProbe({ url, dispatcher: agent, clock })(never);
    },
  ],
];

function podIdentityCredentialsOf(): Promise<unknown> {
  const podIdentity = { credentialsUri: `${origin}/v1/credentials`, tokenFile: token() };
  return podIdentityCredentials({ region: 'r', endpointUrl: '', podIdentity, dispatcher: agent, clock })();
}

describe('a call that is never answered', () => {
  it.each(ports)('by %s ends within its deadline, as an error that says so', async (_, call) => {
    const error: unknown = await call().then(
      () => null,
      (met: unknown) => met,
    );
    expect(describeError(error)).toMatch(/timeout|did not answer|does not answer|no AWS credentials/i);
    expect(asked.length).toBeGreaterThan(0);
    // One after the other, as long as all of them together.
    expect(asked.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(bearable);
    if (error instanceof LandfallError) expect(error.temporary).toBe(true);
  });

  it('is asked with a deadline wherever this process asks', () => {
    const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.includes('.test.') && !/(?:^|\/)testing\//.test(name),
    );
    const callers = files
      .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, name), 'utf8') }))
      .filter(({ text }) => /\.request\(\{|\bfetch\(/.test(text));
    expect(callers.length).toBeGreaterThan(5);
    expect(callers.filter(({ text }) => !text.includes('AbortSignal.timeout(')).map(({ name }) => name)).toEqual([]);
  });
});
