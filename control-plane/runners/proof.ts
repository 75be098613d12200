import { createHash, createPublicKey } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import * as z from 'zod';
import { clockSkewSeconds, LandfallError, runnerToken } from '../../contract/index.ts';
import type { Context } from '../context.ts';

const headerSchema = z.object({ alg: z.literal(runnerToken.algorithm), kid: z.string().min(1).max(128) });
const claimsSchema = z.object({
  iss: z.string(),
  htm: z.string(),
  htu: z.string(),
  iat: z.number(),
  exp: z.number(),
  jti: z.string().min(8).max(128),
  bdy: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Proof = z.infer<typeof claimsSchema> & { keyId: string };
export type Asked = { authorization: string | undefined; method: string; path: string };

/** Who signed this request: signature, audience, age, method and path. Its body and whether it was used before are checked once the body is there. */
export async function readProof(context: Context, asked: Asked): Promise<Proof> {
  const token = new RegExp(`^${runnerToken.scheme} ([A-Za-z0-9_.-]{20,4000})$`).exec(asked.authorization ?? '')?.[1];
  if (token === undefined) throw invalid('the request carries no runner token');
  const { kid } = headerOf(token);
  const row = await context.db
    .selectFrom('runnerKey')
    .select(['install', 'publicKey'])
    .where('keyId', '=', kid)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw invalid('the key is not enrolled here, or no longer');
  const claims = await verified(token, row.publicKey, context.clock.now());
  if (claims.iss !== row.install) throw invalid('the token names another install than its key is enrolled for');
  if (claims.htm !== asked.method || claims.htu !== asked.path) throw invalid('the token was made for another request');
  if (claims.exp - claims.iat > runnerToken.lifetimeSeconds) {
    throw invalid(`the token lives longer than ${runnerToken.lifetimeSeconds} s`);
  }
  if (claims.iat - context.clock.now().getTime() / 1000 > clockSkewSeconds)
    throw invalid('the token is from the future');
  return { ...claims, keyId: kid };
}

function headerOf(token: string): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(decodeProtectedHeader(token));
  } catch (cause) {
    throw invalid('its header cannot be read', cause);
  }
}

async function verified(token: string, publicKeyPem: string, now: Date): Promise<z.infer<typeof claimsSchema>> {
  try {
    const { payload } = await jwtVerify(token, createPublicKey(publicKeyPem), {
      algorithms: [runnerToken.algorithm],
      audience: runnerToken.audience,
      currentDate: now,
      clockTolerance: clockSkewSeconds,
    });
    return claimsSchema.parse(payload);
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : 'it does not verify', cause);
  }
}

function invalid(why: string, cause?: unknown): LandfallError {
  return new LandfallError('LF-CONTROL-PLANE-004', `the runner's token is not valid: ${why}`, { cause });
}

/** The guards after the signature, each for one attack; tests take one away and see the attack succeed. */
export type ProofGuards = {
  /** A runner reaches its own install only. */
  ownInstall(proof: Proof, install: string): void;
  /** The body is the one that was signed. */
  sameBody(proof: Proof, body: Uint8Array): void;
  /** Nothing is accepted twice. */
  firstUse(context: Context, proof: Proof): Promise<void>;
};

export const proofGuards: ProofGuards = {
  ownInstall: (proof, install) => {
    // The same answer whether that install exists or not.
    if (proof.iss === install) return;
    throw new LandfallError(
      'LF-CONTROL-PLANE-007',
      `the runner of ${proof.iss} has no business with install ${install}`,
    );
  },
  sameBody: (proof, body) => {
    if (createHash('sha256').update(body).digest('hex') === proof.bdy) return;
    throw new LandfallError('LF-CONTROL-PLANE-006', 'the body is not the one the token was made for');
  },
  firstUse: async (context, proof) => {
    const expiresAt = new Date((proof.exp + clockSkewSeconds) * 1000);
    const id = `${proof.keyId}:${proof.jti}`;
    const inserted = await context.db
      .insertInto('usedProof')
      .values({ id, expiresAt })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) {
      throw new LandfallError('LF-CONTROL-PLANE-005', 'the token was used before');
    }
    await context.db.deleteFrom('usedProof').where('expiresAt', '<', context.clock.now()).execute();
  },
};
