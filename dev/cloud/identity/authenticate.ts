import type { Guards } from '../guards.ts';
import type { IamAccount } from '../iam-account.ts';
import { Refusal } from '../wire/refusal.ts';
import type { CloudRequest } from '../wire/request.ts';
import { parseAmzDate, readSignature, type Signature, signatureMatches } from '../wire/sigv4.ts';
import type { Keyring } from './keyring.ts';
import type { Principal } from './principal.ts';

/** AWS takes a signature for 15 minutes around its date, and an STS URL no longer than that whatever it says. */
const window = 15 * 60 * 1000;

export type Authentication = { principal: Principal; signature: Signature };

type Dependencies = { keyring: Keyring; iam: IamAccount; guards: Guards; now: () => Date };

/** Who signed this request? Refuses unknown keys, wrong signatures, expired ones, and sessions of a role that is gone. */
export async function authenticate(request: CloudRequest, deps: Dependencies): Promise<Authentication> {
  const signature = readSignature(request);
  if (signature === undefined) throw new Refusal(403, 'MissingAuthenticationToken', 'Missing Authentication Token');
  const key = deps.keyring.find(signature.accessKeyId);
  if (key === undefined || key.credentials.sessionToken !== signature.sessionToken) throw invalidToken();
  if (deps.guards.signatures) {
    if (!signatureMatches(request, signature, key.credentials.secretAccessKey)) {
      throw new Refusal(
        403,
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      );
    }
    checkDate(signature, deps.now().getTime());
  }
  await checkPrincipal(key.principal, deps);
  return { principal: key.principal, signature };
}

/** A session ends with its time, and with its role; a role made anew under the old name is another role. */
export async function checkPrincipal(principal: Principal, deps: Omit<Dependencies, 'keyring'>): Promise<void> {
  if (principal.kind === 'person') return;
  if (deps.guards.expiry && principal.expiresAt <= deps.now()) {
    throw new Refusal(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  if (!deps.guards.deletedRoles) return;
  const role = await deps.iam.role(principal.roleName);
  if (role?.id !== principal.roleId) throw invalidToken();
}

function checkDate(signature: Signature, now: number): void {
  const signedAt = parseAmzDate(signature.amzDate);
  if (Number.isNaN(signedAt) || Math.abs(now - signedAt) > maximumAge(signature)) {
    const code = signature.service === 's3' ? 'AccessDenied' : 'ExpiredToken';
    throw new Refusal(
      403,
      code,
      signature.service === 's3' ? 'Request has expired' : `Signature expired: ${signature.amzDate}`,
    );
  }
}

function maximumAge(signature: Signature): number {
  if (signature.expiresInSeconds === undefined || signature.service !== 's3') return window;
  return signature.expiresInSeconds * 1000;
}

function invalidToken(): Refusal {
  return new Refusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
}
