import { randomUUID } from 'node:crypto';
import { accountId } from './account.ts';
import type { Guards } from './guards.ts';
import type { IamAccount, Role } from './iam-account.ts';
import type { Keyring } from './identity/keyring.ts';
import { type Credentials, namesOf, type Principal, type Session } from './identity/principal.ts';
import { createContext } from './policy/context.ts';
import { parsePolicy } from './policy/document.ts';
import { type Asker, evaluateTrust } from './policy/trust.ts';
import { accessDenied, escapeXml, Refusal } from './wire/refusal.ts';
import { type CloudResponse, xmlResponse } from './wire/request.ts';

type Dependencies = { iam: IamAccount; keyring: Keyring; guards: Guards; now: () => Date };

export type IssuedSession = { session: Session; credentials: Required<Credentials> };

/** STS: who am I, and becoming a role as the role's trust policy says. */
export class Sts {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  callerIdentity(principal: Principal): CloudResponse {
    return answer(
      'GetCallerIdentity',
      `<Arn>${principal.arn}</Arn><UserId>${principal.userId}</UserId><Account>${principal.account}</Account>`,
    );
  }

  /** `mayByPolicy`: whether the caller's own policies allow it, needed where the trust names only the account. */
  async assumeRole(
    caller: Principal,
    form: URLSearchParams,
    mayByPolicy: () => Promise<boolean>,
  ): Promise<CloudResponse> {
    const roleArn = form.get('RoleArn') ?? '';
    const sessionName = form.get('RoleSessionName') ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
      throw new Refusal(400, 'ValidationError', 'RoleSessionName is missing or malformed.');
    if (form.has('PolicyArns.member.1.arn'))
      throw new Refusal(400, 'ValidationError', 'The stand-in does not evaluate PolicyArns; use Policy.');
    const tags = tagsOf(form);
    const denied = (why: string): Refusal =>
      accessDenied(`User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn} ${why}`);
    const role = await this.#role(roleArn);
    if (role === undefined) throw denied('');
    const asker: Asker = { kind: 'aws', arns: namesOf(caller), account: caller.account };
    const externalId = form.get('ExternalId') ?? undefined;
    const by = this.#trusts(role, asker, Object.keys(tags).length > 0, {
      'sts:ExternalId': externalId,
      'sts:RoleSessionName': sessionName,
      'aws:PrincipalArn': namesOf(caller).at(-1),
      'aws:PrincipalAccount': caller.account,
      'aws:userid': caller.userId,
      ...requestTags(tags),
    });
    if (by.refused !== undefined) throw denied(by.refused);
    if (by.byAccount && !(await mayByPolicy()))
      throw denied('because no identity-based policy allows the sts:AssumeRole action');

    const seconds = Number(form.get('DurationSeconds') ?? '3600');
    const limit = caller.kind === 'session' ? 3600 : role.maxSessionSeconds;
    if (!(seconds >= 900 && seconds <= limit)) {
      throw new Refusal(
        400,
        'ValidationError',
        `The requested DurationSeconds exceeds the MaxSessionDuration set for this role (${limit}).`,
      );
    }
    const policy = form.get('Policy');
    const { session, credentials } = this.issue(role, sessionName, seconds, tags, policy ?? undefined);
    return answer(
      'AssumeRole',
      `<AssumedRoleUser><AssumedRoleId>${session.userId}</AssumedRoleId><Arn>${session.arn}</Arn></AssumedRoleUser>` +
        `<Credentials><AccessKeyId>${credentials.accessKeyId}</AccessKeyId><SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>` +
        `<SessionToken>${credentials.sessionToken}</SessionToken><Expiration>${session.expiresAt.toISOString()}</Expiration></Credentials>`,
    );
  }

  /**
   * A service of AWS becomes the role (Pod Identity, EC2, CodeBuild). Refuses as AssumeRole does. `sourceArn`: for what
   * the service does it, as conditions on aws:SourceArn and aws:SourceAccount see it.
   */
  async assumeForService(
    service: string,
    roleArn: string,
    sessionName: string,
    options: { tags?: Record<string, string>; sourceArn?: string } = {},
  ): Promise<IssuedSession> {
    const { tags = {}, sourceArn } = options;
    const role = await this.#role(roleArn);
    const source = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': sourceArn?.split(':')[4] };
    const by =
      role === undefined
        ? { refused: 'because it does not exist' }
        : this.#trusts(role, { kind: 'service', name: service }, Object.keys(tags).length > 0, {
            ...requestTags(tags),
            ...source,
          });
    if (role === undefined || by.refused !== undefined)
      throw accessDenied(`${service} is not authorized to assume ${roleArn} ${by.refused ?? ''}`);
    return this.issue(role, sessionName, Math.min(role.maxSessionSeconds, 6 * 3600), tags);
  }

  issue(
    role: Role,
    sessionName: string,
    seconds: number,
    tags: Record<string, string>,
    policy?: string,
  ): IssuedSession {
    const issuedAt = this.#deps.now();
    const session: Session = {
      kind: 'session',
      arn: `arn:aws:sts::${accountId}:assumed-role/${role.name}/${sessionName}`,
      account: accountId,
      userId: `${role.id}:${sessionName}`,
      roleArn: role.arn,
      roleName: role.name,
      roleId: role.id,
      sessionName,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + seconds * 1000),
      tags,
      ...(policy === undefined ? {} : { sessionPolicy: parsePolicy('session policy', policy) }),
    };
    return { session, credentials: this.#deps.keyring.addSession(session) };
  }

  async #role(roleArn: string): Promise<Role | undefined> {
    const name = new RegExp(`^arn:aws:iam::${accountId}:role/(?:.*/)?([^/]+)$`).exec(roleArn)?.[1];
    const role = name === undefined ? undefined : await this.#deps.iam.role(name);
    return role?.arn === roleArn ? role : undefined;
  }

  #trusts(
    role: Role,
    asker: Asker,
    tagged: boolean,
    values: Record<string, string | undefined>,
  ): { refused?: string; byAccount?: boolean } {
    if (!this.#deps.guards.trust) return {};
    const context = createContext({
      'aws:CurrentTime': this.#deps.now().toISOString(),
      'aws:SecureTransport': 'true',
      ...values,
    });
    const decisions = ['sts:AssumeRole', ...(tagged ? ['sts:TagSession'] : [])].map((action) =>
      evaluateTrust(role.trust, asker, action, context),
    );
    for (const decision of decisions) if (!decision.allowed) return { refused: decision.reason };
    return { byAccount: decisions[0]?.byAccount ?? false };
  }
}

function requestTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
}

function tagsOf(form: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [name, value] of form) {
    const number = /^Tags\.member\.(\d+)\.Key$/.exec(name)?.[1];
    if (number !== undefined) tags[value] = form.get(`Tags.member.${number}.Value`) ?? '';
  }
  return tags;
}

function answer(action: string, result: string): CloudResponse {
  return xmlResponse(
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata><RequestId>${escapeXml(randomUUID())}</RequestId></ResponseMetadata></${action}Response>`,
  );
}
