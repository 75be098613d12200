import type { Clock } from '../../contract/index.ts';
import type { CredentialSource, RegistryCredentials } from '../registry/authorizer.ts';

export type IssuedCredentials = { readonly credentials: RegistryCredentials; readonly expiresAt: Date };

/**
 * Credentials that end: asked for once however many want them, kept until `marginMs` before their end (a transfer that starts now must not
 * outlive them), and asked for anew when a registry refused them. What failed is not kept.
 */
export function heldCredentials(
  ask: () => Promise<IssuedCredentials>,
  { clock, marginMs }: { clock: Clock; marginMs: number },
): CredentialSource {
  let held: IssuedCredentials | undefined;
  let asking: Promise<IssuedCredentials> | undefined;
  return async ({ refresh = false } = {}) => {
    if (!refresh && held !== undefined && held.expiresAt.getTime() - marginMs > clock.now().getTime()) {
      return held.credentials;
    }
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    held = await asking;
    return held.credentials;
  };
}
