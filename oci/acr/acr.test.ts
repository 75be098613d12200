import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnsecuredJWT } from 'jose';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTokenService, type TokenAnswer, type TokenQuestion } from '../token-service/testing/token-service.ts';
import { acrCredentials, type AzureIdentity } from './credentials.ts';

const hour = 3_600_000;
const dispatcher = new Agent();
const dir = mkdtempSync(join(tmpdir(), 'acr-'));
const tokenFile = join(dir, 'token');
let now = 0;
const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
const workload = (authority: string): AzureIdentity => ({
  kind: 'workload',
  tenantId: 'the-tenant',
  clientId: 'the-client',
  tokenFile,
  authority,
});

beforeEach(() => {
  now = 1_700_000_000_000;
  writeFileSync(tokenFile, 'the-pods-token\n');
});
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(tokenFile, { force: true });
});

/** Entra ID, the metadata service and the registry's exchange in one, as Azure documents them: each wants what it is documented to want. */
async function azure(override: (question: TokenQuestion) => TokenAnswer | undefined = () => undefined) {
  let given = 0;
  const service = await startTokenService((question) => {
    const other = override(question);
    if (other !== undefined) return other;
    const { path, form, query, headers } = question;
    if (path === '/the-tenant/oauth2/v2.0/token') {
      const right =
        form.get('grant_type') === 'client_credentials' &&
        form.get('client_id') === 'the-client' &&
        form.get('scope') === 'https://containerregistry.azure.net/.default' &&
        form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' &&
        form.get('client_assertion') === 'the-pods-token';
      if (!right) return { status: 400, body: { error: 'invalid_request' } };
      return { body: { token_type: 'Bearer', expires_in: 3599, access_token: 'entra' } };
    }
    if (path === '/metadata/identity/oauth2/token') {
      if (headers['metadata'] !== 'true') return { status: 400, body: { error: 'bad_request' } };
      if (query.get('resource') !== 'https://containerregistry.azure.net') return { status: 400, body: {} };
      return { body: { access_token: 'entra', expires_in: '3599', client_id: query.get('client_id') ?? 'system' } };
    }
    if (path !== '/oauth2/exchange') return { status: 404, body: {} };
    if (form.get('grant_type') !== 'access_token' || form.get('service') !== service.host) {
      return { status: 400, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    }
    if (form.get('access_token') !== 'entra') return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    const token = new UnsecuredJWT({ grant: ++given }).setExpirationTime((now + 3 * hour) / 1000).encode();
    return { body: { refresh_token: token } };
  });
  stops.push(service.stop);
  return { ...service, exchanges: () => service.asked.filter(({ path }) => path === '/oauth2/exchange').length };
}

describe('credentials for an Azure registry', () => {
  it('are a pod’s own token, taken to Entra ID and its answer to the registry', async () => {
    const service = await azure();
    const source = acrCredentials({
      host: service.host,
      identity: workload(service.url),
      dispatcher,
      clock,
      plainHttp: true,
    });
    const found = await source();
    expect(found?.username).toBe('00000000-0000-0000-0000-000000000000');
    expect(UnsecuredJWT.decode(found?.password ?? '', { currentDate: new Date(now) }).payload['grant']).toBe(1);
    expect(service.asked.map(({ path }) => path)).toEqual(['/the-tenant/oauth2/v2.0/token', '/oauth2/exchange']);
  });

  it('are the machine’s, by the metadata service', async () => {
    const service = await azure();
    const identity: AzureIdentity = { kind: 'managed', clientId: 'mine', endpoint: service.url };
    await acrCredentials({ host: service.host, identity, dispatcher, clock, plainHttp: true })();
    expect(service.asked[0]?.query.get('client_id')).toBe('mine');
    expect(service.exchanges()).toBe(1);
  });

  it('are asked for once by many, kept until near their end, and asked for anew when they were refused', async () => {
    const service = await azure();
    const source = acrCredentials({
      host: service.host,
      identity: workload(service.url),
      dispatcher,
      clock,
      plainHttp: true,
    });
    await Promise.all([source(), source(), source()]);
    now += 2.5 * hour;
    await source();
    expect(service.exchanges()).toBe(1);
    now += 0.4 * hour;
    writeFileSync(tokenFile, 'the-pods-token');
    await source();
    expect(service.exchanges()).toBe(2);
    await source({ refresh: true });
    expect(service.exchanges()).toBe(3);
  });

  it('that Entra ID refuses are told with its reason and without the token', async () => {
    const service = await azure(({ path }) =>
      path.startsWith('/the-tenant')
        ? { status: 401, body: { error: 'invalid_client', error_description: 'AADSTS700213: no matching identity' } }
        : undefined,
    );
    const source = acrCredentials({
      host: service.host,
      identity: workload(service.url),
      dispatcher,
      clock,
      plainHttp: true,
    });
    await expect(source()).rejects.toMatchObject({
      code: 'LF-OCI-032',
      temporary: false,
      message: expect.stringMatching(/401 .*workload identity the-client.*AADSTS700213/),
    });
    await expect(source()).rejects.not.toThrow(/the-pods-token/);
  });

  it('survive a metadata service that is being updated, and one that answers too many for a while', async () => {
    const troubles = [404, 429, 500];
    const service = await azure(({ path }) => {
      const status = path.startsWith('/metadata') ? troubles.shift() : undefined;
      return status === undefined ? undefined : { status, body: {} };
    });
    const identity: AzureIdentity = { kind: 'managed', endpoint: service.url };
    expect(await acrCredentials({ host: service.host, identity, dispatcher, clock, plainHttp: true })()).toBeDefined();
    expect(troubles).toEqual([]);
  });

  it('are not asked for in plain http beyond this machine', async () => {
    const identity = workload('http://login.example');
    const source = acrCredentials({ host: 'name.azurecr.io', identity, dispatcher, clock });
    await expect(source()).rejects.toThrow(/plain http, which is refused/);
  });

  it('do not follow a redirect with what they hold', async () => {
    const other = await azure();
    const service = await azure(({ path }) =>
      path === '/oauth2/exchange'
        ? { status: 307, body: {}, headers: { location: `${other.url}/oauth2/exchange` } }
        : undefined,
    );
    const source = acrCredentials({
      host: service.host,
      identity: workload(service.url),
      dispatcher,
      clock,
      plainHttp: true,
    });
    await expect(source()).rejects.toMatchObject({ code: 'LF-OCI-032' });
    expect(other.asked).toEqual([]);
  });

  it('show nothing of an answer that is none', async () => {
    const service = await azure(({ path }) => (path === '/oauth2/exchange' ? { body: 'secret words' } : undefined));
    const source = acrCredentials({
      host: service.host,
      identity: workload(service.url),
      dispatcher,
      clock,
      plainHttp: true,
    });
    const failure = source();
    await expect(failure).rejects.toMatchObject({ code: 'LF-OCI-032' });
    await expect(failure).rejects.not.toThrow(/secret/);
  });
});
