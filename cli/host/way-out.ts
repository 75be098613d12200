import { openWayOut, type WayOut } from '../../install/index.ts';
import { config } from '../config.ts';
import { openNetwork } from './network.ts';

/** The way out that the environment says, for this process and for the engines. */
export async function wayOutOfEnvironment(): Promise<WayOut> {
  return openWayOut({
    network: await openNetwork({}),
    proxy: config.proxies().https,
    forEngines: config.engineProxies(),
  });
}
