import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { DevConfig } from '../config.ts';
import { isExecutable } from './find-tool.ts';

/** What the distribution provides and a real node needs. */
export type NodePackages = {
  containerd: string;
  ctr: string;
  runc: string;
  cniDir: string;
  iptables: string;
  ip: string;
  busybox: string;
  unshare: string;
  setpriv: string;
};

const debianPackage: Record<keyof NodePackages, string> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  cniDir: 'containernetworking-plugins',
  iptables: 'iptables',
  ip: 'iproute2',
  busybox: 'busybox-static',
  unshare: 'util-linux',
  setpriv: 'util-linux',
};

export type NodePackageSearch =
  { complete: true; packages: NodePackages } | { complete: false; missing: string[]; command: string };

export async function findNodePackages(config: DevConfig): Promise<NodePackageSearch> {
  const folders = [...config.path, '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const inPath = (name: string) => firstExecutable(folders.map((folder) => join(folder, name)));
  const cniBridge = await firstExecutable(['/usr/lib/cni/ptp', '/opt/cni/bin/ptp', '/usr/libexec/cni/ptp']);
  const found: Record<keyof NodePackages, string | undefined> = {
    containerd: await inPath('containerd'),
    ctr: await inPath('ctr'),
    runc: await inPath('runc'),
    cniDir: cniBridge?.replace(/\/ptp$/, ''),
    iptables: await inPath('iptables'),
    ip: await inPath('ip'),
    busybox: await inPath('busybox'),
    unshare: await inPath('unshare'),
    setpriv: await inPath('setpriv'),
  };
  const { containerd, ctr, runc, cniDir, iptables, ip, busybox, unshare, setpriv } = found;
  if (containerd && ctr && runc && cniDir && iptables && ip && busybox && unshare && setpriv) {
    return { complete: true, packages: { containerd, ctr, runc, cniDir, iptables, ip, busybox, unshare, setpriv } };
  }
  const missing = Object.entries(debianPackage)
    .filter(([key]) => Object.entries(found).some(([name, path]) => name === key && path === undefined))
    .map(([, name]) => name);
  const unique = [...new Set(missing)];
  return { complete: false, missing: unique, command: `apt-get install ${unique.join(' ')}` };
}

async function firstExecutable(paths: string[]): Promise<string | undefined> {
  for (const path of paths) if (await isExecutable(path)) return path;
  return undefined;
}

/** Why this machine cannot have real nodes, for a person; undefined when it can. */
export async function realNodesMissing(config: DevConfig): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'real nodes need Linux';
  if (process.geteuid?.() !== 0) return 'real nodes need root';
  const search = await findNodePackages(config);
  if (!search.complete) return `real nodes need ${search.missing.join(', ')}: ${search.command}`;
  // Inside most containers root may do neither of these.
  if (!(await cgroupsAreWritable())) return 'real nodes need to make cgroups, and /sys/fs/cgroup is read-only';
  const namespaces = await execa(search.packages.unshare, ['--net', '--mount', '--pid', '--fork', 'true'], {
    reject: false,
  });
  return namespaces.failed ? `real nodes need namespaces of their own: ${namespaces.stderr.trim()}` : undefined;
}

async function cgroupsAreWritable(): Promise<boolean> {
  // With v2 (or its unified hierarchy alone) the controllers are listed at the top; with v1 each has a folder.
  for (const folder of ['/sys/fs/cgroup/memory', '/sys/fs/cgroup']) {
    const found = await access(folder, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (!found) continue;
    return access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
  }
  return false;
}
