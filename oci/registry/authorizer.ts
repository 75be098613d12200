import * as z from 'zod';
import { type Clock, LandfallError, parseJson } from '../../contract/index.ts';
import { parseChallenge } from './challenge.ts';
import type { Carrier, Scope } from './exchange.ts';
import { drain, readBody } from './read-body.ts';
import type { RedirectRules } from './redirects.ts';

export type RegistryCredentials = { readonly username: string; readonly password: string };

/** `refresh` asks for new ones because the last were refused. */
export type CredentialSource = (options?: { readonly refresh?: boolean }) => Promise<RegistryCredentials | undefined>;

/** Answers a registry's challenges: basic or bearer token (distribution-spec, token authentication). */
export type Authorizer = {
  /** What is known to work for these scopes, sent without being asked. */
  current(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined>;
  /** After a 401. Undefined when there is nothing to answer with. */
  answer(challenge: string | undefined, scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined>;
};

export type AuthorizerOptions = {
  origin: URL;
  credentials?: CredentialSource | undefined;
  /** To the registry and its token service. */
  carry: Carrier;
  redirects: RedirectRules;
  clock: Clock;
};

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().positive().optional(),
});

/** A token without a lifetime is good for 60 s (token specification). */
const defaultLifetimeMs = 60_000;
/** For the whole answer of a token service. */
const tokenMs = 30_000;

const answerLimit = { bytes: 256 * 1024, depth: 8 };

/** Undefined for what is no such answer: nothing of it is told, since it may hold a token in a shape that nobody expected. */
function tokenOf(bytes: Uint8Array): z.infer<typeof tokenSchema> | undefined {
  try {
    return parseJson(bytes, tokenSchema, 'it', answerLimit);
  } catch {
    return undefined;
  }
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const tokens = new Map<string, { value: string; until: number }>();
  let basic = false;

  const fromCredentials = async (refresh: boolean): Promise<string | undefined> => {
    const credentials = await options.credentials?.({ refresh });
    if (credentials === undefined) return undefined;
    return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  };

  const fetchToken = async (
    challenge: { realm: string; service: string | undefined; scope: string | undefined },
    scope: string,
    refresh: boolean,
    signal: AbortSignal | undefined,
  ): Promise<string> => {
    const url = realmUrl(challenge.realm, options.origin);
    await options.redirects.check(url, 'the realm of its tokens');
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
    for (const each of (scope === '' ? (challenge.scope ?? '') : scope).split(' ')) {
      if (each !== '') url.searchParams.append('scope', each);
    }
    const purpose = `a token of ${options.origin.host}${scope === '' ? '' : ` for ${scope}`}`;
    const authorization = await fromCredentials(refresh);
    const response = await options
      .carry(url, {
        method: 'GET',
        headers: { 'accept-encoding': 'identity', ...(authorization === undefined ? {} : { authorization }) },
        body: undefined,
        signal: AbortSignal.any([AbortSignal.timeout(tokenMs), ...(signal === undefined ? [] : [signal])]),
      })
      .catch((cause: unknown) => {
        const message = `${url.host} could not be reached for ${purpose}`;
        throw new LandfallError('LF-OCI-002', message, { cause, temporary: true });
      });
    if (response.status !== 200) {
      await drain(response.body);
      const temporary = response.status === 429 || response.status >= 500;
      const message = `${url.host} answered ${response.status} when asked for ${purpose}`;
      throw new LandfallError(temporary ? 'LF-OCI-010' : 'LF-OCI-003', message, { temporary });
    }
    const body = tokenOf(await readBody(response.body, answerLimit.bytes, `fetching a token from ${url.host}`));
    const token = body?.token ?? body?.access_token;
    if (token === undefined) {
      throw new LandfallError('LF-OCI-008', `${url.host} sent no token when asked for ${purpose}`);
    }
    const lifetime = (body?.expires_in ?? defaultLifetimeMs / 1000) * 1000;
    tokens.set(scope, { value: token, until: options.clock.now().getTime() + lifetime * 0.9 });
    return `Bearer ${token}`;
  };

  return {
    current: async (scopes) => {
      const token = tokens.size === 0 ? undefined : tokens.get(authorizationScope(scopes));
      if (token !== undefined && token.until > options.clock.now().getTime()) return `Bearer ${token.value}`;
      return basic ? fromCredentials(false) : undefined;
    },
    answer: async (header, scopes, signal) => {
      const challenge = parseChallenge(header);
      if (challenge === undefined) return undefined;
      if (challenge.scheme === 'basic') {
        const refresh = basic;
        basic = true;
        return fromCredentials(refresh);
      }
      const scope = authorizationScope(scopes);
      const refresh = tokens.has(scope);
      tokens.delete(scope);
      return fetchToken(challenge, scope, refresh, signal);
    },
  };
}

/** `repository:a/b:pull repository:c/d:pull,push`, sorted so that the same need has the same name. */
export function authorizationScope(scopes: readonly Scope[]): string {
  return scopes
    .map((scope) =>
      'registry' in scope ? `registry:${scope.registry}:*` : `repository:${scope.repository}:${scope.actions}`,
    )
    .sort()
    .join(' ');
}

function realmUrl(realm: string, origin: URL): URL {
  try {
    return new URL(realm);
  } catch (cause) {
    throw new LandfallError('LF-OCI-008', `${origin.host} named a token realm that is not a URL`, { cause });
  }
}
