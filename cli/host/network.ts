import { readFile } from 'node:fs/promises';
import { LandfallError } from '../../contract/index.ts';
import { createNetwork, type Network } from '../../oci/index.ts';
import { config } from '../config.ts';

/** The way out of a command: by HTTPS_PROXY but for NO_PROXY, believing the public authorities and those of `ca` (path of a PEM file). */
export async function openNetwork({ ca }: { ca?: string | undefined } = {}): Promise<Network> {
  const { https, except } = config.proxies();
  const pem =
    ca === undefined
      ? undefined
      : await readFile(ca, 'utf8').catch((cause: unknown) => {
          throw new LandfallError('LF-CLI-005', `${ca} cannot be read`, { cause });
        });
  return createNetwork({
    ...(https === '' ? {} : { proxy: { url: https, noProxy: except } }),
    ...(pem === undefined ? {} : { ca: pem }),
  });
}
