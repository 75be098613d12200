import { randomBytes } from 'node:crypto';
import { authorize } from '../authorize.ts';
import type { Guards } from '../guards.ts';
import type { IamAccount } from '../iam-account.ts';
import { checkPrincipal } from '../identity/authenticate.ts';
import type { Principal } from '../identity/principal.ts';
import type { Check } from '../policy/evaluate.ts';
import type { ResourcePolicies } from '../resource-policies.ts';
import { Refusal } from '../wire/refusal.ts';
import { type CloudResponse, jsonResponse } from '../wire/request.ts';

type Token = { principal: Principal; expiresAt: Date };
type Dependencies = {
  iam: IamAccount;
  resources: ResourcePolicies;
  guards: Guards;
  now: () => Date;
  registryHost: () => string;
};

const lifetime = 12 * 60 * 60 * 1000;

/** ECR passwords: each stands for the principal that asked for it, for twelve hours, as long as that principal lives. */
export class EcrTokens {
  readonly #tokens = new Map<string, Token>();
  readonly #deps: Dependencies;
  readonly registryHost: () => string;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.registryHost = deps.registryHost;
  }

  issue(principal: Principal): { username: string; password: string; expiresAt: Date } {
    const password = randomBytes(48).toString('base64url');
    const expiresAt = new Date(this.#deps.now().getTime() + lifetime);
    this.#tokens.set(password, { principal, expiresAt });
    return { username: 'AWS', password, expiresAt };
  }

  authorizationToken(principal: Principal): CloudResponse {
    const { username, password, expiresAt } = this.issue(principal);
    return jsonResponse(
      {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`${username}:${password}`).toString('base64'),
            expiresAt: expiresAt.getTime() / 1000,
            proxyEndpoint: `https://${this.registryHost()}`,
          },
        ],
      },
      200,
      { 'content-type': 'application/x-amz-json-1.1' },
    );
  }

  /** Whose password is it? Undefined for unknown and expired ones, and for sessions that ended. */
  async holder(credentials: { username: string; password: string } | undefined): Promise<Principal | undefined> {
    const token = credentials?.username === 'AWS' ? this.#tokens.get(credentials.password) : undefined;
    if (token === undefined || token.expiresAt <= this.#deps.now()) return undefined;
    try {
      // The password outlives the session's own expiry in AWS too; it does not outlive the role.
      await checkPrincipal(token.principal, { ...this.#deps, guards: { ...this.#deps.guards, expiry: false } });
      return token.principal;
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  async mayDo(principal: Principal, check: Check): Promise<string | undefined> {
    const decision = await authorize(principal, { checks: [check] }, this.#deps);
    return decision.allowed ? undefined : decision.reason;
  }
}
