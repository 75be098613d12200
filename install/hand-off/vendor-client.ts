import { createRegistryClient, type Network, type RegistryClient } from '../../oci/index.ts';
import type { InstallContext } from '../context.ts';
import type { RegistryAddress } from './request.ts';

export function vendorClient(context: InstallContext, address: RegistryAddress): RegistryClient {
  const { host, caPem, credentials } = address;
  return createRegistryClient({
    host,
    clock: context.clock,
    ...networkOf(context),
    ...(credentials === undefined ? {} : { credentials: () => Promise.resolve(credentials) }),
    ...(caPem === undefined ? {} : { ca: caPem }),
  });
}

export const networkOf = ({ wayOut }: InstallContext): { network?: Network } =>
  wayOut === undefined ? {} : { network: wayOut.network };
