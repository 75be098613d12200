import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type RegistryAuth =
  { kind: 'none' } | { kind: 'basic' | 'token'; username: string; password: string; lifetimeSeconds?: number };

type Answer = { status: number; headers: Record<string, string>; body: Uint8Array };

/** Basic, or the token flow of the distribution project (realm on the registry itself). */
export class Authorization {
  readonly #auth: RegistryAuth;
  readonly #tokens = new Map<string, string[]>();

  constructor(auth: RegistryAuth) {
    this.#auth = auth;
  }

  /** Every token given so far is refused from now on. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  /** Undefined: let in. */
  refuse(
    headers: IncomingHttpHeaders,
    origin: string,
    repository: string,
    action: 'pull' | 'push',
  ): Answer | undefined {
    if (this.#auth.kind === 'none') return undefined;
    const given = headers.authorization ?? '';
    if (this.#auth.kind === 'basic') {
      return given === this.#expected() ? undefined : unauthorized('Basic realm="test"');
    }
    const scopes = this.#tokens.get(given.replace(/^Bearer /, ''));
    const wanted = `repository:${repository}:`;
    const allowed = scopes?.some(
      (scope) => scope.startsWith(wanted) && scope.slice(wanted.length).split(',').includes(action),
    );
    if (scopes !== undefined && (repository === '' || allowed === true)) return undefined;
    const scope = repository === '' ? '' : `,scope="${wanted}${action === 'pull' ? 'pull' : 'pull,push'}"`;
    return unauthorized(`Bearer realm="${origin}/token",service="${origin}"${scope}`);
  }

  token(headers: IncomingHttpHeaders, query: URLSearchParams): Answer {
    if (this.#auth.kind !== 'token' || headers.authorization !== this.#expected())
      return unauthorized('Basic realm="test"');
    const token = randomUUID();
    this.#tokens.set(
      token,
      query.getAll('scope').flatMap((each) => each.split(' ')),
    );
    const expires = this.#auth.lifetimeSeconds;
    const body = JSON.stringify({ token, ...(expires === undefined ? {} : { expires_in: expires }) });
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }

  #expected(): string {
    if (this.#auth.kind === 'none') return '';
    return `Basic ${Buffer.from(`${this.#auth.username}:${this.#auth.password}`).toString('base64')}`;
  }
}

function unauthorized(challenge: string): Answer {
  return {
    status: 401,
    headers: { 'www-authenticate': challenge, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] })),
  };
}
