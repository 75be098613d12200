import { generateKeyPairSync } from 'node:crypto';
import { importSPKI, jwtVerify } from 'jose';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTokenService, type TokenAnswer } from '../token-service/testing/token-service.ts';
import { garCredentials, type GoogleKey, parseGoogleKey } from './credentials.ts';

const dispatcher = new Agent();
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = {
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};
const minute = 60_000;
let now = 0;
const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
beforeEach(() => {
  now = 1_700_000_000_000;
});
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function google(answer?: TokenAnswer) {
  let given = 0;
  const service = await startTokenService(({ path, headers, form }) => {
    if (answer !== undefined) return answer;
    const token = { body: { access_token: `ya29.${++given}`, expires_in: 3599, token_type: 'Bearer' } };
    if (path === '/token') {
      const right = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' && form.has('assertion');
      return right ? token : { status: 400, body: { error: 'invalid_grant' } };
    }
    if (path !== '/computeMetadata/v1/instance/service-accounts/default/token') return { status: 404, body: {} };
    return headers['metadata-flavor'] === 'Google' ? token : { status: 403, body: {} };
  });
  stops.push(service.stop);
  return service;
}
const keyFile = (tokenUri: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      type: 'service_account',
      project_id: 'p',
      private_key_id: 'key-1',
      private_key: pem.privateKey,
      client_email: 'puller@p.iam.gserviceaccount.com',
      token_uri: tokenUri,
    }),
  );
function key(tokenUri: string): GoogleKey {
  const parsed = parseGoogleKey(keyFile(tokenUri), 'the key');
  if (parsed === undefined) throw new Error('no key');
  return parsed;
}

describe('credentials for Artifact Registry', () => {
  it('are the machine’s or the pod’s, by the metadata server', async () => {
    const { url } = await google();
    const source = garCredentials({ identity: { kind: 'metadata', endpoint: url }, dispatcher, clock });
    expect(await source()).toEqual({ username: 'oauth2accesstoken', password: 'ya29.1' });
  });

  it('are a service account’s, who says so with its key, to this token service, for an hour', async () => {
    const { url, asked } = await google();
    const source = garCredentials({ identity: { kind: 'key', key: key(`${url}/token`) }, dispatcher, clock });
    expect(await source()).toEqual({ username: 'oauth2accesstoken', password: 'ya29.1' });
    const assertion = asked[0]?.form.get('assertion') ?? '';
    const { payload, protectedHeader } = await jwtVerify(assertion, await importSPKI(pem.publicKey, 'RS256'), {
      issuer: 'puller@p.iam.gserviceaccount.com',
      audience: `${url}/token`,
      currentDate: new Date(now),
    });
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: 'key-1' });
    expect(payload).toMatchObject({ iat: now / 1000, exp: now / 1000 + 3600 });
    expect(payload['scope']).toBe('https://www.googleapis.com/auth/cloud-platform');
  });

  it('are kept until near their end', async () => {
    const { url, asked } = await google();
    const source = garCredentials({ identity: { kind: 'metadata', endpoint: url }, dispatcher, clock });
    await Promise.all([source(), source()]);
    now += 55 * minute;
    await source();
    expect(asked).toHaveLength(1);
    now += 2 * minute;
    expect(await source()).toMatchObject({ password: 'ya29.2' });
    expect(await source({ refresh: true })).toMatchObject({ password: 'ya29.3' });
  });

  it('that are refused are told with the reason, and asked for again the next time', async () => {
    const refused = await google({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
    const source = garCredentials({ identity: { kind: 'key', key: key(`${refused.url}/token`) }, dispatcher, clock });
    await expect(source()).rejects.toMatchObject({
      code: 'LF-OCI-032',
      message: expect.stringMatching(/puller@p.*Invalid JWT Signature/),
    });
    await expect(source()).rejects.toMatchObject({ code: 'LF-OCI-032' });
    expect(refused.asked).toHaveLength(2);
  });

  it('never send the key itself, and refuse to sign for a service in plain http', async () => {
    const { url, asked } = await google();
    await garCredentials({ identity: { kind: 'key', key: key(`${url}/token`) }, dispatcher, clock })();
    expect(JSON.stringify([...(asked[0]?.form ?? [])])).not.toContain('PRIVATE KEY');
    const away = garCredentials({
      identity: { kind: 'key', key: key('http://tokens.example/token') },
      dispatcher,
      clock,
    });
    await expect(away()).rejects.toThrow(/plain http, which is refused/);
  });

  it.each([
    ['no JSON', '-----BEGIN PRIVATE KEY----- secret'],
    ['a key without its half', '{"type": "service_account", "private_key": "secret"}'],
  ])('refuse a key file that is %s, and show nothing of it', (_, text) => {
    expect(() => parseGoogleKey(Buffer.from(text), 'key.json')).toThrow(/key\.json is not a file of Google/);
    expect(() => parseGoogleKey(Buffer.from(text), 'key.json')).not.toThrow(/secret/);
  });

  it('leave other kinds of credentials alone', () => {
    expect(parseGoogleKey(Buffer.from('{"type": "external_account"}'), 'key.json')).toBeUndefined();
  });
});
