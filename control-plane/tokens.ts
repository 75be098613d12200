import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `lf_admin_...`: the prefix lets secret scanners find a leaked one; 256 random bits, so a plain hash is enough to keep. */
export function newToken(kind: 'admin' | 'pipeline' | 'join' | 'session'): string {
  return `lf_${kind}_${randomBytes(32).toString('base64url')}`;
}

/** Hex SHA-256: all that is ever stored of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
