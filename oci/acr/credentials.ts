import { readFile } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { type Clock, LandfallError, systemClock } from '../../contract/index.ts';
import type { CredentialSource } from '../registry/authorizer.ts';
import { heldCredentials, type IssuedCredentials } from '../token-service/held-credentials.ts';
import { requestToken } from '../token-service/token-request.ts';

/** Who asks: a pod with Entra Workload ID (AKS projects a token into a file), or the machine itself. */
export type AzureIdentity =
  | {
      readonly kind: 'workload';
      readonly tenantId: string;
      readonly clientId: string;
      /** Read anew each time: it is rotated. */
      readonly tokenFile: string;
      /** Default: https://login.microsoftonline.com */
      readonly authority?: string;
    }
  | {
      readonly kind: 'managed';
      /** Of a user-assigned identity; without it the machine's own. */
      readonly clientId?: string;
      /** Of the metadata service. Default: http://169.254.169.254 */
      readonly endpoint?: string;
    };

export type AcrCredentialsOptions = {
  /** `name.azurecr.io` */
  host: string;
  identity: AzureIdentity;
  dispatcher: Dispatcher;
  /** For the metadata service, which no proxy reaches. Default: `dispatcher`. */
  metadata?: Dispatcher;
  clock?: Clock;
  /** For loopback addresses only. */
  plainHttp?: boolean;
};

/** What a registry's token goes to by name (ACR: "authentication with Microsoft Entra"). */
const audience = 'https://containerregistry.azure.net';
/** The user that a refresh token is the password of. */
const tokenUser = '00000000-0000-0000-0000-000000000000';
/** A refresh token of ACR is good for 3 hours. */
const marginMs = 10 * 60_000;
const unsaidLifetimeMs = 60 * 60_000;

const accessSchema = z.object({ access_token: z.string().min(1) });
const refreshSchema = z.object({ refresh_token: z.string().min(1) });

/** Credentials for an Azure container registry: a token of Entra ID, exchanged at the registry for one of its own. */
export function acrCredentials(options: AcrCredentialsOptions): CredentialSource {
  const { clock = systemClock } = options;
  return heldCredentials(() => ask(options, clock), { clock, marginMs });
}

async function ask(options: AcrCredentialsOptions, clock: Clock): Promise<IssuedCredentials> {
  const { host, identity, dispatcher, plainHttp } = options;
  const entra =
    identity.kind === 'workload'
      ? await workloadToken(identity, dispatcher, clock)
      : await managedToken(identity, options.metadata ?? dispatcher, clock);
  const { refresh_token: password } = await requestToken(
    {
      method: 'POST',
      url: new URL(`${plainHttp === true ? 'http' : 'https'}://${host}/oauth2/exchange`),
      form: { grant_type: 'access_token', service: host, access_token: entra },
      what: `a refresh token of ${host} for ${nameOf(identity)}`,
      dispatcher,
      clock,
    },
    refreshSchema,
  );
  return { credentials: { username: tokenUser, password }, expiresAt: await endOf(password, clock) };
}

/** OAuth 2 client credentials with the pod's own token as the client's assertion (RFC 7523). */
async function workloadToken(
  identity: Extract<AzureIdentity, { kind: 'workload' }>,
  dispatcher: Dispatcher,
  clock: Clock,
): Promise<string> {
  const { tenantId, clientId, tokenFile, authority = 'https://login.microsoftonline.com' } = identity;
  const assertion = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-OCI-032', `${tokenFile}, the token of ${nameOf(identity)}, cannot be read`, { cause });
  });
  const answer = await requestToken(
    {
      method: 'POST',
      url: new URL(`${authority.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`),
      form: {
        grant_type: 'client_credentials',
        client_id: clientId,
        scope: `${audience}/.default`,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion.trim(),
      },
      what: `a token of Entra ID for ${nameOf(identity)}`,
      dispatcher,
      clock,
    },
    accessSchema,
  );
  return answer.access_token;
}

async function managedToken(
  identity: Extract<AzureIdentity, { kind: 'managed' }>,
  dispatcher: Dispatcher,
  clock: Clock,
): Promise<string> {
  const url = new URL('/metadata/identity/oauth2/token', identity.endpoint ?? 'http://169.254.169.254');
  url.searchParams.set('api-version', '2018-02-01');
  url.searchParams.set('resource', audience);
  if (identity.clientId !== undefined) url.searchParams.set('client_id', identity.clientId);
  const answer = await requestToken(
    {
      method: 'GET',
      url,
      headers: { metadata: 'true' },
      what: `a token of Entra ID for ${nameOf(identity)}`,
      dispatcher,
      clock,
      // While the service is being updated (Azure: "retry guidance" of managed identities).
      passing: [404, 410],
    },
    accessSchema,
  );
  return answer.access_token;
}

async function endOf(token: string, clock: Clock): Promise<Date> {
  const soon = new Date(clock.now().getTime() + unsaidLifetimeMs);
  const { decodeJwt } = await import('jose');
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined ? soon : new Date(exp * 1000);
  } catch {
    return soon;
  }
}

function nameOf(identity: AzureIdentity): string {
  if (identity.kind === 'workload') return `the workload identity ${identity.clientId}`;
  return identity.clientId === undefined ? "the machine's identity" : `the managed identity ${identity.clientId}`;
}
