import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProcessIdentity, isAlive, startTimeOf } from '../process-identity.ts';
import type { NodePackages } from '../tools/index.ts';
import type { Authority } from './authority.ts';
import { makeCgroup } from './cgroups.ts';
import { hostCommand } from '../host-command.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type NodeShape, cniConfig, containerdConfig, kubeProxyConfig, kubeletConfig } from './node-config.ts';
import type { Reaper } from './reaper.ts';
import { type RunningProcess, startProcess, waitUntil } from './start-process.ts';

export type NodeOptions = {
  name: string;
  /** 0 and 1: decides addresses. */
  position: number;
  dir: string;
  network: { address: string; index: number; bridge: string; packages: NodePackages };
  clusterRange: string;
  endpoint: string;
  authority: Authority;
  reaper: Reaper;
  binaries: { kubelet: string; kubeProxy: string };
  pauseArchive: string;
  /** Folder of the image credential provider, if any. */
  credentialProvider: string | undefined;
  zone: string;
  /** `host:port` that 169.254.170.23:80 leads pods to. */
  podIdentityAgent: string | undefined;
};

const script = fileURLToPath(new URL('node.sh', import.meta.url));

/** kubelet, containerd and kube-proxy in namespaces of their own, on a cable to the bridge. */
export async function startNode(options: NodeOptions): Promise<RunningProcess> {
  const { name, dir, network, reaper } = options;
  const { packages } = network;
  await writeNodeFiles(options);
  const others = positions.filter((position) => position !== options.position);
  const node = startProcess({
    name,
    file: packages.unshare,
    args: ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', script],
    input: true,
    logPath: join(dir, 'node.log'),
    reaper,
    env: {
      NODE_NAME: name,
      NODE_DIR: dir,
      NODE_ADDRESS: nodeAddress(network.index, options.position),
      NODE_GATEWAY: network.address,
      NODE_ROUTES: others
        .map((other) => `${podRange(network.index, other)}=${nodeAddress(network.index, other)}`)
        .join(' '),
      NODE_CA: options.authority.certificatePath,
      NODE_CONTAINERD: packages.containerd,
      NODE_CTR: packages.ctr,
      NODE_PAUSE: options.pauseArchive,
      NODE_KUBELET: options.binaries.kubelet,
      NODE_KUBE_PROXY: options.binaries.kubeProxy,
      NODE_LABELS: `topology.kubernetes.io/region=${options.zone.slice(0, -1)},topology.kubernetes.io/zone=${options.zone}`,
      ...(options.podIdentityAgent === undefined ? {} : { NODE_AGENT: options.podIdentityAgent }),
      ...(options.credentialProvider === undefined ? {} : { NODE_CREDENTIALS: options.credentialProvider }),
    },
  });
  // The cable's other end can go into the network namespace only when that exists.
  await waitUntil(async () => (await readFile(node.logPath, 'utf8')).includes('ready'), {
    what: `${name} has its namespaces`,
    timeoutMs: 10_000,
    processes: [node],
  });
  const init = await initOf(node);
  reaper.process(init.pid);
  const cable = `lfv${network.index}n${options.position}`;
  const peer = ['peer', 'name', 'eth0', 'netns', String(node.pid)];
  reaper.link(cable);
  await hostCommand(packages.ip, ['link', 'add', cable, 'type', 'veth', ...peer]);
  await hostCommand(packages.ip, ['link', 'set', cable, 'master', network.bridge, 'up']);
  const range = podRange(network.index, options.position);
  await hostCommand(packages.ip, ['route', 'replace', range, 'via', nodeAddress(network.index, options.position)]);
  node.stdin?.end('go\n');
  return {
    ...node,
    async kill() {
      await node.kill();
      await waitUntil(async () => !isAlive(init), { what: `${name} is gone`, timeoutMs: 10_000 });
    },
  };
}

/** The first process inside: when it is gone, so is the whole pid namespace. */
async function initOf(node: RunningProcess): Promise<ProcessIdentity> {
  const children = await readFile(`/proc/${node.pid}/task/${node.pid}/children`, 'utf8');
  const pid = Number(children.trim().split(' ')[0]);
  return { pid, startTime: startTimeOf(pid) ?? '' };
}

const positions = [0, 1] as const;
export const nodeNames = ['node-a', 'node-b'] as const;

export function nodeAddress(index: number, position: number): string {
  return `10.89.${index}.${11 + position}`;
}

function podRange(index: number, position: number): string {
  return `10.${100 + index}.${position + 1}.0/24`;
}

async function writeNodeFiles(options: NodeOptions): Promise<void> {
  const { name, dir, network, authority, endpoint } = options;
  const address = nodeAddress(network.index, options.position);
  await mkdir(join(dir, 'cni'), { recursive: true });
  const write = async (file: string, content: string | object): Promise<string> => {
    const path = join(dir, file);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2), { mode: 0o600 });
    return path;
  };
  const serving = await authority.issue({ commonName: name, hosts: [name, address], usage: 'server' });
  const shape: NodeShape = {
    name,
    dir,
    address,
    podRange: podRange(network.index, options.position),
    clusterRange: options.clusterRange,
    dns: network.address,
    cgroupRoot: await makeCgroup(`landfall-${network.index}-${name}`, options.reaper),
    caPath: authority.certificatePath,
    servingCertificate: await write('serving.crt', serving.certificatePem),
    servingKey: await write('serving.key', serving.keyPem),
    cniDir: network.packages.cniDir,
    limitedOomScore: await lacksSysResource(),
  };
  await write('containerd.toml', containerdConfig(shape));
  await write('cni/10-pods.conflist', cniConfig(shape));
  await write('kubelet.json', kubeletConfig(shape));
  await write('kube-proxy.json', kubeProxyConfig(shape));
  await write('resolv.conf', `nameserver ${network.address}\n`);
  const kubeconfig = async (user: string, organizations: string[]) => ({
    endpoint,
    caPem: authority.certificatePem,
    user,
    client: await authority.issue({ commonName: user, organizations, usage: 'client' }),
  });
  await writeKubeconfig(join(dir, 'kubelet.kubeconfig'), await kubeconfig(`system:node:${name}`, ['system:nodes']));
  await writeKubeconfig(join(dir, 'kube-proxy.kubeconfig'), await kubeconfig('system:kube-proxy', []));
}

/** Whether this process may not lower oom_score_adj (bit 24 of the capabilities), as in many containers and some VMs. */
async function lacksSysResource(): Promise<boolean> {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> 24n) & 1n) === 0n;
}
