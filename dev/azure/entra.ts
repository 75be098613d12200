import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { createLocalJWKSet, errors, exportJWK, generateKeyPair, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import type { Authority } from '../world/authority.ts';
import type { AzureCloud } from './clouds.ts';
import { listenOnLoopback } from './listen.ts';

const storage = 'https://storage.azure.com';

/** Whose tokens an application takes instead of a secret: what a customer writes into Azure. */
export type FederatedCredential = { issuer: string; subject: string; audience: string; keys: JSONWebKeySet };

export type EntraOptions = {
  ca: Authority;
  cloud: AzureCloud;
  tenantId: string;
  /** Of the one application (or managed identity) in the tenant. */
  clientId: string;
  credential: FederatedCredential;
  /** `assertion: false`: any token will do, in any tenant. */
  guards?: { assertion: boolean };
};

export type Entra = {
  port: number;
  /** Requests as `METHOD path`, in order. */
  asked: readonly string[];
  /** Access tokens that were given. */
  given: readonly string[];
  /** AADSTS codes of what was refused. */
  refused: readonly string[];
  /** From now on: how long an access token lasts (default 3600 s), and how late it is for who presents one (default: as it is). */
  change(how: { lifetimeSeconds?: number; aheadMs?: number }): void;
  stop(): Promise<void>;
};

type Answer = { status: number; body: Record<string, unknown> };

/** The login of one of Azure's clouds, as far as a workload identity that wants to read blobs needs it. */
export async function startEntra(options: EntraOptions): Promise<Entra> {
  const host = options.cloud.loginHost;
  const { certificatePem, keyPem } = await options.ca.issue({ commonName: host, hosts: [host], usage: 'server' });
  const { privateKey } = await generateKeyPair('RS256');
  const asked: string[] = [];
  const given: string[] = [];
  const refused: string[] = [];
  let lifetimeSeconds = 3600;
  let aheadMs = 0;

  const answerTo = async (method: string, path: string, form: URLSearchParams): Promise<Answer> => {
    const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (rest === 'discovery/instance') return { status: 200, body: instanceOf(host, options.tenantId) };
    if (rest === 'v2.0/.well-known/openid-configuration') return { status: 200, body: configurationOf(host, tenant) };
    if (method !== 'POST' || rest !== 'oauth2/v2.0/token') return { status: 404, body: {} };
    const refusal =
      options.guards?.assertion === false
        ? null
        : await refusalOf(tenant, form, options, new Date(Date.now() + aheadMs));
    if (refusal !== null) {
      refused.push(refusal.code);
      return { status: 401, body: errorOf(refusal) };
    }
    const token = await new SignJWT({ appid: form.get('client_id'), oid: randomUUID(), tid: tenant, ver: '1.0' })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(`https://sts.windows.net/${tenant}/`)
      .setAudience(storage)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(privateKey);
    given.push(token);
    const times = { expires_in: lifetimeSeconds - 1, ext_expires_in: lifetimeSeconds - 1 };
    return { status: 200, body: { token_type: 'Bearer', ...times, access_token: token } };
  };

  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', `https://${host}`);
    asked.push(`${request.method} ${pathname}`);
    void formOf(request)
      .then((form) => answerTo(request.method ?? '', pathname, form))
      .catch((): Answer => ({ status: 500, body: {} }))
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
  });
  const change: Entra['change'] = (how) => {
    lifetimeSeconds = how.lifetimeSeconds ?? lifetimeSeconds;
    aheadMs = how.aheadMs ?? aheadMs;
  };
  return { ...(await listenOnLoopback(server)), asked, given, refused, change };
}

type Refusal = { code: string; error: string; message: string };

async function refusalOf(
  tenant: string,
  form: URLSearchParams,
  options: EntraOptions,
  currentDate: Date,
): Promise<Refusal | null> {
  const no = (code: string, message: string, error = 'invalid_client'): Refusal => ({ code, error, message });
  if (tenant !== options.tenantId) return no('AADSTS90002', `Tenant '${tenant}' not found.`, 'invalid_request');
  if (form.get('client_id') !== options.clientId)
    return no('AADSTS700016', `Application with identifier '${form.get('client_id')}' was not found.`);
  if (form.get('grant_type') !== 'client_credentials')
    return no('AADSTS70003', 'The grant type is not supported.', 'unsupported_grant_type');
  if (!(form.get('scope') ?? '').split(' ').includes(`${storage}/.default`))
    return no('AADSTS500011', 'The resource principal was not found in the tenant.', 'invalid_resource');
  if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    return no('AADSTS7000218', 'The request body must contain the client_assertion.');
  const { issuer, subject, audience, keys } = options.credential;
  try {
    const keySet = createLocalJWKSet(keys);
    await jwtVerify(form.get('client_assertion') ?? '', keySet, { issuer, subject, audience, currentDate });
    return null;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return no('AADSTS700024', 'Client assertion is not within its valid time.');
    if (!(error instanceof errors.JWTClaimValidationFailed))
      return no('AADSTS50013', 'Assertion failed signature validation.');
    const code = { iss: 'AADSTS700211', aud: 'AADSTS700212', sub: 'AADSTS700213' }[error.claim] ?? 'AADSTS50027';
    return no(code, `No matching federated identity record found for presented assertion (${error.claim}).`);
  }
}

function errorOf({ code, error, message }: Refusal): Record<string, unknown> {
  const description = `${code}: ${message} Trace ID: ${randomUUID()}`;
  return { error, error_description: description, error_codes: [Number(code.replace('AADSTS', ''))] };
}

const configurationOf = (host: string, tenant: string): Record<string, unknown> => ({
  issuer: `https://${host}/${tenant}/v2.0`,
  authorization_endpoint: `https://${host}/${tenant}/oauth2/v2.0/authorize`,
  token_endpoint: `https://${host}/${tenant}/oauth2/v2.0/token`,
});

const instanceOf = (host: string, tenant: string): Record<string, unknown> => ({
  tenant_discovery_endpoint: `https://${host}/${tenant}/v2.0/.well-known/openid-configuration`,
  'api-version': '1.1',
  metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
});

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** The keys of a cluster's issuer, as it publishes them, and a signer for tokens as AKS projects them into a pod. */
export async function createTokenIssuer(issuer: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const keys: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid: 'cluster', alg: 'RS256' }] };
  return {
    keys,
    tokenOf: (subject: string, audience: string, expiry = '1h'): Promise<string> =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'RS256', kid: 'cluster' })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expiry)
        .sign(privateKey),
  };
}
