import { LandfallError } from '../../contract/index.ts';
import type { RegistryCredentials } from '../registry/authorizer.ts';

/**
 * What a registry gave instead of a password at `docker login`. ACR takes it as the password of the user with no name (`az acr login
 * --expose-token`); sent as a password anywhere else it would be given away for nothing.
 */
export function identityToken(token: string, host: string, where: string): RegistryCredentials {
  if (/^[a-z0-9-]+\.azurecr\.(io|cn|us)$/i.test(host)) {
    return { username: '00000000-0000-0000-0000-000000000000', password: token };
  }
  const message = `${where} has an identity token for ${host}; log in with a password`;
  throw new LandfallError('LF-OCI-015', message);
}
