import type { Context } from '../context.ts';
import { hashToken, newToken, sameHash } from '../tokens.ts';

const lifetimeSeconds = 12 * 3600;

/** `__Host-` binds the cookie to this host and to TLS (RFC 6265bis, 4.1.3.2); over plain HTTP browsers refuse that name. */
function cookieName(context: Context): string {
  return context.secureCookies ? '__Host-lf_session' : 'lf_session';
}

/** The cookie of a new session, or null when the token is not the admin's. */
export async function signIn(context: Context, token: string): Promise<string | null> {
  if (!sameHash(hashToken(token), context.adminTokenHash)) return null;
  const now = context.clock.now();
  const secret = newToken('session');
  const expiresAt = new Date(now.getTime() + lifetimeSeconds * 1000);
  await context.db.deleteFrom('session').where('expiresAt', '<', now).execute();
  await context.db
    .insertInto('session')
    .values({ hash: keptHash(context, secret), expiresAt })
    .execute();
  return cookie(context, secret, lifetimeSeconds);
}

/** Ends the session everywhere; gives the cookie that removes it from the browser. */
export async function signOut(context: Context, cookies: string | undefined): Promise<string> {
  const secret = secretOf(context, cookies);
  if (secret !== null) await context.db.deleteFrom('session').where('hash', '=', keptHash(context, secret)).execute();
  return cookie(context, '', 0);
}

export async function isSignedIn(context: Context, cookies: string | undefined): Promise<boolean> {
  const secret = secretOf(context, cookies);
  if (secret === null) return false;
  const row = await context.db
    .selectFrom('session')
    .select('expiresAt')
    .where('hash', '=', keptHash(context, secret))
    .executeTakeFirst();
  return row !== undefined && row.expiresAt > context.clock.now();
}

/** All that is kept of a session. The token it was opened with is part of it: with another admin token no session is found. */
function keptHash(context: Context, secret: string): string {
  return hashToken(`${context.adminTokenHash}.${secret}`);
}

function cookie(context: Context, value: string, maxAge: number): string {
  const secure = context.secureCookies ? '; Secure' : '';
  return `${cookieName(context)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure}`;
}

function secretOf(context: Context, cookies: string | undefined): string | null {
  const name = `${cookieName(context)}=`;
  const found = (cookies ?? '').split(';').find((part) => part.trim().startsWith(name));
  const secret = found?.trim().slice(name.length) ?? '';
  return /^lf_session_[A-Za-z0-9_-]{20,100}$/.test(secret) ? secret : null;
}
