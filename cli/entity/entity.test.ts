import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runEntityApply, runEntityList, runEntityRemove, runEntityShow } from './run-entity.ts';

const view = (name: string, state = 'Running') => ({
  ...{ type: 'streams', name, generation: 2, spec: {}, state, removing: false },
  conditions: [
    {
      ...{ type: 'Ready', status: state === 'Running' ? 'True' : 'False', reason: 'ApplyFailed', message: 'it failed' },
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
    },
  ],
});

let dir: string;
let asked: { call: string; body: string; token: string | undefined }[];
let answers: { status?: number; body: object }[];
let server: ReturnType<typeof createServer>;
let options: { controlPlane: string; install: string };
const printed: string[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-entity-'));
  asked = [];
  answers = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      asked.push({ call: `${request.method} ${request.url}`, body, token: request.headers.authorization });
      const answer = answers.shift() ?? { body: {} };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  options = { controlPlane: `http://127.0.0.1:${port}`, install: 'acme' };
  vi.stubEnv('LANDFALL_TOKEN', 'lf_token');
  printed.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.close();
  await rm(dir, { recursive: true, force: true });
});
const fileOf = async (text: string): Promise<string> => {
  const file = join(dir, 'entities.yaml');
  await writeFile(file, text);
  return file;
};

describe('landfall entity', () => {
  it('apply sends every document of a file in one call, as the vendor', async () => {
    answers.push({ body: { created: 1, changed: 2 } });
    const file = await fileOf('type: streams\nname: a\nspec: {topic: a}\n---\ntype: streams\nname: b\nspec: {}\n---\n');
    await runEntityApply({ ...options, file });
    expect(asked).toMatchObject([{ call: 'POST /v1/installs/acme/entities', token: 'Bearer lf_token' }]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      entities: [
        { type: 'streams', name: 'a', spec: { topic: 'a' } },
        { type: 'streams', name: 'b', spec: {} },
      ],
    });
    expect(printed.join('')).toContain('1 created, 1 changed, 0 as they were');
  });

  it('list asks for page after page', async () => {
    answers.push({ body: { entities: Array.from({ length: 500 }, (_, i) => view(`s${i}`)) } });
    answers.push({ body: { entities: [view('last', 'Error')] } });
    await runEntityList({ ...options, type: 'streams' });
    expect(asked.map(({ call }) => call)).toEqual([
      'GET /v1/installs/acme/entities?limit=500&type=streams',
      'GET /v1/installs/acme/entities?limit=500&type=streams&after=streams%2Fs499',
    ]);
    expect(printed.join('')).toContain('streams/last  Error  generation 2  ApplyFailed: it failed');
  });

  it('list says of one that runs what its change waits for', async () => {
    const lastTransitionTime = '2026-01-01T00:00:00.000Z';
    const waits = { type: 'Suspended', status: 'True', reason: 'MaintenanceWindow', message: 'it can begin at 22:00' };
    const one = view('a');
    answers.push({
      body: { entities: [{ ...one, conditions: [...one.conditions, { ...waits, lastTransitionTime }] }] },
    });
    await runEntityList(options);
    expect(printed.join('')).toContain('streams/a  Running  generation 2  MaintenanceWindow: it can begin at 22:00');
  });

  it('show and remove name one', async () => {
    answers.push({ body: view('a') }, { status: 202, body: view('a') });
    await runEntityShow(options, 'streams/a');
    await runEntityRemove(options, 'streams/a');
    const path = '/v1/installs/acme/entities/streams/a';
    expect(asked.map(({ call }) => call)).toEqual([`GET ${path}`, `DELETE ${path}`]);
  });

  const problem = { title: 'no', status: 422, code: 'LF-CONTROL-PLANE-019', detail: 'no such type' };
  const bad: [string, () => Promise<void>, string][] = [
    ['a name that is none', () => runEntityShow(options, 'streams'), 'LF-CLI-007'],
    ['a name that leads elsewhere', () => runEntityRemove(options, 'streams/../x'), 'LF-CLI-007'],
    ['a file that is not there', () => runEntityApply({ ...options, file: join(dir, 'none') }), 'LF-CLI-005'],
    [
      'a document with another field',
      async () => runEntityApply({ ...options, file: await fileOf('kind: x\n') }),
      'LF-CONTRACT-004',
    ],
    ['what the control plane refuses', () => runEntityShow(options, 'streams/a'), 'LF-CLI-006'],
  ];
  it.each(bad)('refuses %s', async (_what, run, code) => {
    answers.push({ status: 422, body: problem });
    await expect(run()).rejects.toMatchObject({ code });
  });
});
