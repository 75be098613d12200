import { sql } from 'kysely';
import { pino } from 'pino';
import { generateKeyPair, localSigner } from '../../contract/index.ts';
import { assemble, type ControlPlane, type ControlPlaneOptions } from '../create-control-plane.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { type ProofGuards, proofGuards } from '../runners/proof.ts';
import { hashToken } from '../tokens.ts';
import { type FrozenClock, frozenClock } from './frozen-clock.ts';
import { pipelineKey, registration } from './test-release.ts';
import { type ProofChange, type TestRunner, testRunner } from './test-runner.ts';

export const adminToken = 'lf_admin_test_0123456789abcdefghij';
export const pipelineToken = 'lf_pipeline_test_0123456789abcdefgh';
export const signingKey = generateKeyPair();
export const tokenReference = { store: 'kubernetes', namespace: 'streaming', name: 'gateway', key: 'token' };

// oxlint-disable-next-line typescript/no-explicit-any -- what an API answered, taken apart by assertions
export type Answer = { status: number; headers: Record<string, unknown>; body: any };

/** A control plane with its own API around it, as tests use it. */
export type TestPlane = {
  plane: ControlPlane;
  clock: FrozenClock;
  /** As the vendor's admin. */
  vendor(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    token?: string,
  ): Promise<Answer>;
  runner(
    who: TestRunner,
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    body?: unknown,
    change?: ProofChange & { headers?: Record<string, string> },
  ): Promise<Answer>;
  raw(options: {
    method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
    url: string;
    headers?: Record<string, string>;
    body?: string;
  }): Promise<Answer>;
  enrolled(install: string): Promise<TestRunner>;
};

export async function testPlane(
  database: Database,
  changes: Partial<ControlPlaneOptions> & { guards?: Partial<ProofGuards>; clock?: FrozenClock } = {},
): Promise<TestPlane> {
  const { guards, ...options } = changes;
  const clock = changes.clock ?? frozenClock();
  const plane = await assemble(
    {
      signer: localSigner(signingKey.privateKeyPem),
      adminTokenHash: hashToken(adminToken),
      pipelineTokenHash: hashToken(pipelineToken),
      logger: pino({ level: 'silent' }),
      ...options,
      clock,
      database,
    },
    { ...proofGuards, ...guards },
  );
  const raw: TestPlane['raw'] = async ({ method, url, headers, body }) => {
    const response = await plane.app.inject({
      method: method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    const isJson = String(response.headers['content-type'] ?? '').includes('json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.body !== '' ? JSON.parse(response.body) : response.body,
    };
  };
  const test: TestPlane = {
    plane,
    clock,
    raw,
    vendor: (method, url, body, token = adminToken) =>
      raw({
        method,
        url,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    runner: async (who, method, url, body, change = {}) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const authorization = await who.proof(method, url.split('?')[0] ?? '', text ?? '', change);
      return raw({
        method,
        url,
        headers: { authorization, ...change.headers },
        ...(text === undefined ? {} : { body: text }),
      });
    },
    enrolled: async (install) => {
      const { body } = await test.vendor('POST', `/v1/installs/${install}/join-tokens`, {});
      const who = testRunner(install, clock);
      const answer = await raw({ method: 'POST', url: '/v1/enrol', body: JSON.stringify(who.enrolBody(body.token)) });
      if (answer.status !== 200) throw new Error(`enrolment answered ${answer.status}`);
      return who;
    },
  };
  return test;
}

/** Product `streaming` with channel `stable`, releases 1.0.0 and 1.1.0 (1.0.0 promoted), installs `acme` and `globex`. */
export async function furnish(test: Pick<TestPlane, 'vendor'>): Promise<void> {
  const steps: [string, unknown][] = [
    ['/v1/products', { name: 'streaming', title: 'Streaming', releaseKeys: [pipelineKey.publicKeyPem] }],
    ['/v1/products/streaming/releases', await registration('1.0.0')],
    ['/v1/products/streaming/releases', await registration('1.1.0')],
    ['/v1/products/streaming/channels', { name: 'stable' }],
    ['/v1/products/streaming/channels/stable/promote', { version: '1.0.0' }],
    ['/v1/installs', newInstall('acme')],
    ['/v1/installs', newInstall('globex')],
  ];
  for (const [url, body] of steps) {
    const answer = await test.vendor('POST', url, body);
    if (answer.status >= 300) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
}

export function newInstall(id: string) {
  return { id, product: 'streaming', channel: 'stable', secrets: { token: tokenReference } };
}

const tables = [
  'entity_report',
  'entity_state',
  'entity_list',
  'entity',
  'session',
  'event',
  'telemetry',
  'seal',
  'report',
  'request_list',
  'request',
  'desired_state',
  'used_proof',
  'runner_key',
  'join_token',
  'install',
  'channel',
  'release',
  'product',
] as const;

/** One database for a file of tests: opening an embedded one takes seconds. Its few rows are deleted in a twentieth of the time of a truncate. */
export async function emptyDatabase(database: Database): Promise<Database> {
  const deletes = tables.map((table) => `of_${table} as (delete from ${table})`).join(', ');
  const counters = `setval('event_id_seq', 1, false), setval('telemetry_arrival_seq', 1, false)`;
  await sql.raw(`with ${deletes} select ${counters}`).execute(database.db);
  return database;
}

export const memoryDatabase = (): Promise<Database> => openDatabase('memory');
