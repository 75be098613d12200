import { readFile } from 'node:fs/promises';
import { LandfallError } from '../../contract/index.ts';
import { createNetwork, type Network } from '../../oci/index.ts';
import { config } from '../config.ts';

/**
 * The way out of a command: by HTTPS_PROXY but for NO_PROXY, believing the public authorities, those of NODE_EXTRA_CA_CERTS and
 * those of `ca` (path of a PEM file).
 */
export async function openNetwork({ ca }: { ca?: string | undefined } = {}): Promise<Network> {
  const { https, except } = config.proxies();
  const files = [config.extraCaFile(), ca].filter((path) => path !== undefined && path !== '').map(String);
  const pems = await Promise.all(files.map(readPem));
  return createNetwork({
    ...(https === '' ? {} : { proxy: { url: https, noProxy: except } }),
    ...(pems.length === 0 ? {} : { ca: pems.join('\n') }),
  });
}

async function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-CLI-005', `${path} cannot be read`, { cause });
  });
}
