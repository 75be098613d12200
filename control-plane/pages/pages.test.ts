import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import type { Database } from '../database/open-database.ts';
import { testReport } from '../testing/documents.ts';
import { furnishPages } from '../testing/furnish-pages.ts';
import { adminToken, emptyDatabase, memoryDatabase, testPlane, type TestPlane } from '../testing/test-plane.ts';
import { hashToken } from '../tokens.ts';
import { ago } from './moment.tsx';

let database: Database;
let test: TestPlane;
beforeAll(async () => {
  database = await memoryDatabase();
}, 60_000);
beforeEach(async () => {
  test = await testPlane(await emptyDatabase(database));
  return () => test.plane.close();
});
afterAll(() => database.close());

const form = (fields: Record<string, string>, headers = {}) =>
  test.raw({
    method: 'POST',
    url: '/login',
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'cp.test', ...headers },
  });
const signedIn = async (): Promise<string> => {
  const { headers } = await form({ token: adminToken });
  return String(headers['set-cookie']).split(';')[0] ?? '';
};
const page = async (url: string): Promise<string> => {
  const answer = await test.raw({ method: 'GET', url, headers: { cookie: await signedIn() } });
  expect(answer.status).toBe(200);
  return answer.body;
};

let reportSequence = 20;

describe('signing in', () => {
  it('sends everybody without a session to the form, and back afterwards', async () => {
    const answer = await test.raw({ method: 'GET', url: '/installs/acme' });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/login?next=%2Finstalls%2Facme']);
    const signed = await form({ token: adminToken, next: '/installs/acme' });
    expect([signed.status, signed.headers['location']]).toEqual([303, '/installs/acme']);
    expect(signed.headers['set-cookie']).toMatch(/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  });

  it('refuses a wrong token, a form from another site, and to lead anywhere else', async () => {
    expect((await form({ token: 'lf_admin_wrong_0123456789abcdefg' })).status).toBe(401);
    expect((await form({ token: adminToken }, { origin: 'https://evil.test' })).status).toBe(403);
    expect((await form({ token: adminToken }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await form({ token: adminToken }, { origin: 'http://cp.test' })).status).toBe(303);
    for (const next of ['https://evil.test', '//evil.test', '/\\evil.test', '/installs/../x']) {
      expect((await form({ token: adminToken, next })).headers['location']).toBe('/');
    }
  });

  it('ends with signing out and with time, and the cookie opens no API', async () => {
    const cookie = await signedIn();
    const get = (url: string) => test.raw({ method: 'GET', url, headers: { cookie } });
    expect((await get('/')).status).toBe(200);
    expect((await get('/v1/installs')).status).toBe(401);
    await test.raw({ method: 'POST', url: '/logout', headers: { cookie } });
    expect((await get('/')).status).toBe(303);
    const second = await signedIn();
    test.clock.advance(13 * 3600 * 1000);
    expect((await test.raw({ method: 'GET', url: '/', headers: { cookie: second } })).status).toBe(303);
  });

  it("lasts over a restart, and ends with the admin's token", async () => {
    const cookie = await signedIn();
    const restartedWith = async (token: string): Promise<number> => {
      await test.plane.close();
      test = await testPlane(database, { adminTokenHash: hashToken(token) });
      return (await test.raw({ method: 'GET', url: '/', headers: { cookie } })).status;
    };
    expect(await restartedWith(adminToken)).toBe(200);
    expect(await restartedWith('lf_admin_another_0123456789abcdefghij')).toBe(303);
  });
});

describe('the pages', () => {
  it('forbid everything from elsewhere and inline', async () => {
    const { headers } = await test.raw({ method: 'GET', url: '/login' });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    await furnishPages(test);
    const html = (await page('/')) + (await page('/installs/globex'));
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
  });

  it('show every install with its state, releases and what it waits for', async () => {
    await furnishPages(test);
    const html = await page('/');
    for (const text of [
      'acme',
      'globex',
      'initech',
      'Running',
      'Reconciling',
      'Waiting',
      'Unknown',
      'Sunday at 02:00',
    ]) {
      expect(html).toContain(text);
    }
  });

  it('show of one install what was denied, what ended, and what runs', async () => {
    await furnishPages(test);
    const html = await page('/installs/globex');
    expect(html).toContain('1.1.0 failed here and was taken back; 1.0.0 stays in force.');
    expect(html).toContain('image runs as root');
    expect(html).toContain('Two policies are still attached');
    expect(await page('/installs/acme')).toContain('pod gateway-7d9f not ready yet');
    const never = await page('/installs/initech');
    expect(never).toContain('No runner has joined yet.');
  });

  it('show the seal: who can enter from outside, and that the enrolled key vouches for it', async () => {
    await furnishPages(test);
    const open = await page('/installs/globex');
    for (const text of [
      'The account is open',
      'deployer-of-everything',
      'Not known',
      'o-abcdefghij',
      'Known',
      'AccessDenied',
    ])
      expect(open).toContain(text);
    const sealed = await page('/installs/acme');
    expect(sealed).toContain('Nobody from outside can enter the account');
    expect(sealed).not.toContain('From outside the account');
    await test.enrolled('acme');
    expect(await page('/installs/acme')).toContain('The seal is not believed');
    expect(await page('/installs/initech')).toContain('No census of the account has been reported yet.');
  });

  it('believe no seal that was changed in the database', async () => {
    await furnishPages(test);
    const { envelope } = await database.db
      .selectFrom('seal')
      .select('envelope')
      .where('install', '=', 'globex')
      .executeTakeFirstOrThrow();
    const { payload, ...signed } = JSON.parse(envelope);
    const forged = JSON.parse(Buffer.from(payload, 'base64').toString());
    const text = JSON.stringify({ ...forged, verdict: 'sealed', summary: 'Nobody can enter.', places: [] });
    const changed = JSON.stringify({ ...signed, payload: Buffer.from(text).toString('base64') });
    await database.db.updateTable('seal').set({ envelope: changed }).where('install', '=', 'globex').execute();
    const html = await page('/installs/globex');
    expect(html).toContain('The seal is not believed');
    expect(html).not.toContain('Nobody can enter.');
  });

  it('say which rights are missing and which plan waits, and link to https alone', async () => {
    await furnishPages(test);
    const acme = await test.enrolled('acme');
    const show = async (details: object): Promise<string> => {
      const waitingFor = { reason: 'PermissionsNeeded', message: 'Rights are missing.', details };
      const sequence = ++reportSequence;
      await test.runner(acme, 'PUT', acme.paths.report, testReport('acme', { sequence, waitingFor }));
      return page('/installs/acme');
    };
    const permissions = [{ sid: 'Queue', actions: ['sqs:CreateQueue'], resources: ['arn:aws:sqs:*:*:lf-acme-*'] }];
    const missing = await show({ permissions, updateUrl: 'https://console.aws.amazon.com/x' });
    expect(missing).toContain('sqs:CreateQueue');
    expect(missing).toContain('<a href="https://console.aws.amazon.com/x">');
    expect(await show({ permissions, updateUrl: 'javascript:alert(1)' })).not.toContain('href="javascript:');
    const plan = await show({ component: 'base', planDigest: sha256('plan'), changes: ['delete aws_vpc.vpc[0]'] });
    expect(plan).toContain(sha256('plan'));
    expect(plan).toContain('delete aws_vpc.vpc[0]');
  });

  it('never hide an error behind waiting', async () => {
    await furnishPages(test);
    const acme = await test.enrolled('acme');
    const waitingFor = { reason: 'Registry', message: 'The registry is away.' };
    const report = testReport('acme', { state: 'Error', sequence: 9, waitingFor });
    await test.runner(acme, 'PUT', acme.paths.report, report);
    expect(await page('/installs/acme')).toMatch(/class="state bad large">.*Error/);
  });

  it('show that a component is degraded, with the reason', async () => {
    await furnishPages(test);
    const acme = await test.enrolled('acme');
    const lastTransitionTime = '2026-01-31T12:00:00.000Z';
    const condition = { type: 'Ready', status: 'False', reason: 'Degraded', lastTransitionTime };
    const message = 'Deployment gateway: ready pods on 1 of 2 different nodes';
    const [state, version] = ['Provisioned', '1.0.0'];
    const conditions = [{ ...condition, message }];
    const components = [{ name: 'gateway', kind: 'helm', state, version, conditions }];
    const told = [{ ...condition, message: 'fewer replicas on different nodes than asked: gateway' }];
    const report = testReport('acme', { sequence: ++reportSequence, state, components, conditions: told });
    await test.runner(acme, 'PUT', acme.paths.report, report);
    const html = await page('/installs/acme');
    expect(html.match(/Degraded<\/span>/g)?.length).toBe(2);
    expect(html).toContain(message);
    expect(await page('/')).toMatch(/Degraded<\/span>/);
  });

  it('write what comes from a runner as text, never as markup', async () => {
    await furnishPages(test);
    const acme = await test.enrolled('acme');
    const evil = '<img src=x onerror=alert(1)>"\'';
    const denied = [{ version: '1.1.0', digest: sha256('x'), reason: evil, at: '2026-01-31T12:00:00.000Z' }];
    await test.runner(acme, 'PUT', acme.paths.report, testReport('acme', { sequence: 9, denied }));
    const html = await page('/installs/acme');
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;img src=x');
  });

  it('say in words when an install is not there', async () => {
    const cookie = await signedIn();
    const answer = await test.raw({ method: 'GET', url: '/installs/nope', headers: { cookie } });
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('there is no install nope');
  });
});

describe('ago', () => {
  it.each([
    [0, 'just now'],
    [44, 'just now'],
    [60, '1 min ago'],
    [7200, '2 h ago'],
    [200_000, '2 d ago'],
    [-600, 'in 10 min'],
  ])('says %i s as "%s"', (seconds, words) => {
    const now = new Date('2026-01-31T12:00:00Z');
    expect(ago(new Date(now.getTime() - seconds * 1000).toISOString(), now)).toBe(words);
  });
});
