import { readFile } from 'node:fs/promises';
import { LandfallError } from '../../contract/index.ts';
import type { DevConfig } from '../config.ts';
import { type NodePackages, findNodePackages, realNodesMissing } from '../tools/index.ts';
import { hostCommand } from '../host-command.ts';
import type { Reaper } from './reaper.ts';

/** One address reaches everything of a world from host, nodes and pods. */
export type WorldNetwork = BridgeNetwork | LoopbackNetwork;

export type BridgeNetwork = {
  kind: 'bridge';
  /** 10.89.<index>.1 */
  address: string;
  index: number;
  bridge: string;
  packages: NodePackages;
};

export type LoopbackNetwork = {
  kind: 'loopback';
  address: '127.0.0.1';
  /** Why there are no real nodes, for a person. */
  reason: string;
};

const mostWorlds = 16;

/**
 * Makes the bridge of a world with real nodes, where root and the distribution's packages allow it, else settles for
 * loopback. Several worlds share a machine: each takes the first free index.
 */
export async function prepareNetwork(options: {
  config: DevConfig;
  reaper: Reaper;
  nodes: 'auto' | 'kwok';
}): Promise<WorldNetwork> {
  const loopback = (reason: string): LoopbackNetwork => ({ kind: 'loopback', address: '127.0.0.1', reason });
  if (options.nodes === 'kwok') return loopback('kwok was asked for');
  const missing = await realNodesMissing(options.config);
  if (missing !== undefined) return loopback(missing);
  const search = await findNodePackages(options.config);
  if (!search.complete) return loopback(search.command);
  const taken = await hostCommand(search.packages.ip, ['-4', 'route', 'show']);
  for (let index = 0; index < mostWorlds; index++) {
    const ranges = rangesOf(index);
    if (Object.values(ranges).some((range) => taken.includes(`${range.split('.').slice(0, 3).join('.')}.`))) continue;
    const bridge = `lfbr${index}`;
    try {
      await hostCommand(search.packages.ip, ['link', 'add', bridge, 'type', 'bridge']);
    } catch (error) {
      if (String(error).includes('File exists')) continue;
      return loopback(
        `this process may not make network devices (${error instanceof Error ? error.message : String(error)})`,
      );
    }
    options.reaper.link(bridge);
    const address = `10.89.${index}.1`;
    await hostCommand(search.packages.ip, ['address', 'add', `${address}/24`, 'dev', bridge]);
    await hostCommand(search.packages.ip, ['link', 'set', bridge, 'up']);
    await letBridgedTrafficPass(search.packages.iptables, bridge, options.reaper);
    return { kind: 'bridge', address, index, bridge, packages: search.packages };
  }
  throw new LandfallError('LF-DEV-005', `all ${mostWorlds} address ranges from 10.89.0.0/24 on are taken`);
}

/** Docker, where it is installed, drops forwarded packets, and has bridges ask it: nodes could not reach each other. */
async function letBridgedTrafficPass(iptables: string, bridge: string, reaper: Reaper): Promise<void> {
  const asked = await readFile('/proc/sys/net/bridge/bridge-nf-call-iptables', 'utf8').catch(() => '0');
  if (asked.trim() !== '1') return;
  const policy = await hostCommand(iptables, ['-w', '-S', 'FORWARD']);
  if (!policy.includes('-P FORWARD DROP')) return;
  reaper.forwarding(bridge);
  await hostCommand(iptables, ['-w', '-I', 'FORWARD', '-i', bridge, '-o', bridge, '-j', 'ACCEPT']);
}

/** The address ranges of the world with this index. */
export function rangesOf(index: number): { nodes: string; pods: string; services: string } {
  return { nodes: `10.89.${index}.0/24`, pods: `10.${100 + index}.0.0/16`, services: `10.${120 + index}.0.0/16` };
}
