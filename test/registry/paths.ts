import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
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

/**
 * By connections of our own (large blobs), and by a dispatcher alone. What survives a fault on the one has to survive it on the other.
 */
export const paths: readonly (readonly [name: string, path: Path])[] = [
  ['connections of our own', { registry: {}, client: { plainHttp: true } }],
  ['a dispatcher', { registry: {}, client: { plainHttp: true, dispatcher: new Agent() } }],
];

/** What depends on how a socket is read: with TLS Node reads otherwise. */
export const pathsAndTls: typeof paths = [
  ...paths,
  ['connections of our own with TLS', { registry: { tls }, client: { ca: authority.certificatePem } }],
];
