import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { type Clock, runnerToken } from '../../contract/index.ts';
import type { Authorize } from '../egress/index.ts';
import type { RunnerKey } from './runner-key.ts';

/** Signs each request by itself: method, path and body are bound, and it is worth nothing after a minute (see contract/channel-api.ts). */
export function signRequests(options: { key: RunnerKey; keyId: string; install: string; clock: Clock }): Authorize {
  return async ({ method, path, body }) => {
    const now = Math.floor(options.clock.now().getTime() / 1000);
    const token = await new SignJWT({
      htm: method,
      htu: path,
      bdy: createHash('sha256').update(body).digest('hex'),
    })
      .setProtectedHeader({ alg: runnerToken.algorithm, kid: options.keyId })
      .setIssuer(options.install)
      .setAudience(runnerToken.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + runnerToken.lifetimeSeconds)
      .setJti(randomUUID())
      .sign(options.key.privateKey);
    return `${runnerToken.scheme} ${token}`;
  };
}
