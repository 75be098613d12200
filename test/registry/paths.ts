import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../dev/index.ts';
import type { RegistryClientOptions } from '../../oci/index.ts';
import type { FaultRegistryOptions } from './fault-registry.ts';

/** One way that bytes go between registries: how the registries are started and how their clients are made. */
export type Path = {
  registry: Pick<FaultRegistryOptions, 'tls'>;
  client: Partial<RegistryClientOptions>;
};

const authority = await createAuthority(mkdtempSync(join(tmpdir(), 'fault-registry-')));
const tls = await authority.issue({ commonName: 'fault registry', hosts: ['127.0.0.1'], usage: 'server' });

/** Plain, and with TLS, where Node reads a socket otherwise: what survives a fault on the one has to survive it on the other. */
export const paths: readonly (readonly [name: string, path: Path])[] = [
  ['plain connections', { registry: {}, client: { plainHttp: true } }],
  ['connections with TLS', { registry: { tls }, client: { ca: authority.certificatePem } }],
];
