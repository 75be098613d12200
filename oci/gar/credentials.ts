import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { type Clock, LandfallError, parseJson, systemClock } from '../../contract/index.ts';
import type { CredentialSource } from '../registry/authorizer.ts';
import { heldCredentials, type IssuedCredentials } from '../token-service/held-credentials.ts';
import { requestToken } from '../token-service/token-request.ts';

/** Who asks: a service account by its key, or the machine or pod itself (Workload Identity on GKE answers at the same place). */
export type GoogleIdentity =
  | { readonly kind: 'key'; readonly key: GoogleKey }
  | {
      readonly kind: 'metadata';
      /** Default: http://metadata.google.internal */
      readonly endpoint?: string;
      /** E-mail of one of several service accounts. Default: `default` */
      readonly account?: string;
    };

/** The JSON key of a service account. */
export type GoogleKey = z.infer<typeof keySchema>;

export type GarCredentialsOptions = {
  identity: GoogleIdentity;
  dispatcher: Dispatcher;
  /** For the metadata server, which no proxy reaches. Default: `dispatcher`. */
  metadata?: Dispatcher;
  clock?: Clock;
};

const keySchema = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key_id: z.string().optional(),
  private_key: z.string().min(1),
  token_uri: z.string().default('https://oauth2.googleapis.com/token'),
});
const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** Artifact Registry has no scope of its own. */
const scope = 'https://www.googleapis.com/auth/cloud-platform';
/** The metadata server hands out the same token until 5 minutes before its end; an earlier question would get it again. */
const marginMs = 4 * 60_000;

/** Credentials for Google's Artifact Registry (and gcr.io): an access token, as the password of `oauth2accesstoken`. */
export function garCredentials(options: GarCredentialsOptions): CredentialSource {
  const { clock = systemClock } = options;
  return heldCredentials(() => ask(options, clock), { clock, marginMs });
}

/** Reads a key file; undefined for Google's other kinds of credentials (a user's login, a federation). Nothing of it gets into an error. */
export function parseGoogleKey(bytes: Uint8Array, what: string): GoogleKey | undefined {
  const limit = { bytes: 64 * 1024, depth: 8 };
  try {
    const { type } = parseJson(bytes, z.looseObject({ type: z.string() }), what, limit);
    return type === 'service_account' ? parseJson(bytes, keySchema, what, limit) : undefined;
  } catch {
    throw new LandfallError('LF-OCI-032', `${what} is not a file of Google credentials`);
  }
}

async function ask(options: GarCredentialsOptions, clock: Clock): Promise<IssuedCredentials> {
  const { identity, dispatcher } = options;
  const answer =
    identity.kind === 'key'
      ? await keyToken(identity.key, dispatcher, clock)
      : await metadataToken(identity, options.metadata ?? dispatcher, clock);
  return {
    credentials: { username: 'oauth2accesstoken', password: answer.access_token },
    expiresAt: new Date(clock.now().getTime() + answer.expires_in * 1000),
  };
}

/** RFC 7523, 2.1: a JWT signed with the account's key, for an access token of an hour. */
async function keyToken(key: GoogleKey, dispatcher: Dispatcher, clock: Clock): Promise<z.infer<typeof answerSchema>> {
  const what = `a token of Google for ${key.client_email}`;
  const { importPKCS8, SignJWT } = await import('jose');
  const privateKey = await importPKCS8(key.private_key, 'RS256').catch((cause: unknown) => {
    throw new LandfallError('LF-OCI-032', `${what} cannot be asked for: its private key is not PKCS #8`, { cause });
  });
  const seconds = Math.floor(clock.now().getTime() / 1000);
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'JWT',
      ...(key.private_key_id === undefined ? {} : { kid: key.private_key_id }),
    })
    .setIssuer(key.client_email)
    .setAudience(key.token_uri)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 3600)
    .sign(privateKey);
  if (!URL.canParse(key.token_uri)) throw new LandfallError('LF-OCI-032', `${what} cannot be asked for: no token_uri`);
  const url = new URL(key.token_uri);
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  return requestToken({ method: 'POST', url, form, what, dispatcher, clock }, answerSchema);
}

function metadataToken(
  identity: Extract<GoogleIdentity, { kind: 'metadata' }>,
  dispatcher: Dispatcher,
  clock: Clock,
): Promise<z.infer<typeof answerSchema>> {
  const { endpoint = 'http://metadata.google.internal', account = 'default' } = identity;
  const path = `/computeMetadata/v1/instance/service-accounts/${encodeURIComponent(account)}/token`;
  const what = `a token of Google for ${account === 'default' ? "the machine's account" : account}`;
  const headers = { 'metadata-flavor': 'Google' };
  return requestToken({ method: 'GET', url: new URL(path, endpoint), headers, what, dispatcher, clock }, answerSchema);
}
