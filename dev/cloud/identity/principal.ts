import type { PolicyDocument } from '../policy/document.ts';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Somebody with keys of their own. `assume-only`: a principal of another account, which has no rights in this one. */
export type Person = {
  kind: 'person';
  arn: string;
  account: string;
  userId: string;
  rights: 'everything' | 'assume-only';
};

/** A session of a role of this account. */
export type Session = {
  kind: 'session';
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  arn: string;
  account: string;
  userId: string;
  roleArn: string;
  roleName: string;
  roleId: string;
  sessionName: string;
  issuedAt: Date;
  expiresAt: Date;
  /** Session tags (Pod Identity sets them): conditions see them as aws:PrincipalTag. */
  tags: Record<string, string>;
  /** The `Policy` parameter of AssumeRole. */
  sessionPolicy?: PolicyDocument;
};

export type Principal = Person | Session;

/** The ARNs by which a trust policy may name this principal. */
export function namesOf(principal: Principal): string[] {
  if (principal.kind === 'session') return [principal.arn, principal.roleArn];
  // People of other accounts are sessions of a role there; trust policies name the role.
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(principal.arn);
  return session === null ? [principal.arn] : [principal.arn, `arn:aws:iam::${session[1]}:role/${session[2]}`];
}
