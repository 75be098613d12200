import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a text holds that opens a door, by what it is: never the secret itself. */
export function credentialsIn(text: string): string[] {
  const found = new Set<string>();
  for (const [, payload] of text.matchAll(/\beyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+/g)) found.add(tokenOf(payload ?? ''));
  for (const [kind, pattern] of patterns) if (pattern.test(text)) found.add(kind);
  return [...found].toSorted();
}

const patterns: [string, RegExp][] = [
  ['AWS key of a person', /\bAKIA[A-Z2-7]{16}\b/],
  ['AWS key of a session', /\bASIA[A-Z2-7]{16}\b/],
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['client certificate with its key', /client-key-data/],
  ['token of Landfall', /\blf_(admin|pipeline|join)_[\w-]{20,}/],
  ['EKS token', /k8s-aws-v1\.[\w-]{20,}/],
  ["node's secret for image credentials", /x-node-secret: [\w-]{20,}/],
];

/** A service account's token, by whom it names and who takes it. */
function tokenOf(payload: string): string {
  const text = Buffer.from(payload, 'base64url').toString('utf8');
  const subject = /"sub":"([^"]*)"/.exec(text)?.[1] ?? '?';
  const audience = /"aud":\[?"([^"]*)"/.exec(text)?.[1] ?? '?';
  return `token of ${subject} for ${audience}`;
}

/** Every credential in the files under a folder, as `kind: path`; what is linked to is found where it lies. */
export function credentialsUnder(folder: string, told = ''): string[] {
  return filesUnder(folder).flatMap((path) => {
    // Kubernetes keeps projected files in a folder that is named after their moment.
    const name = `${told}${path.slice(folder.length)}`.replace(/\/\.\.\d{4}[^/]*/, '');
    return credentialsIn(readOr(path)).map((kind) => `${kind}: ${name}`);
  });
}

const mostBytes = 4 * 1024 * 1024;

function filesUnder(folder: string): string[] {
  const found: string[] = [];
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry);
    const stat = statOr(path);
    if (stat === undefined || stat.isSymbolicLink()) continue;
    if (stat.isDirectory()) found.push(...filesUnder(path));
    else if (stat.isFile() && stat.size <= mostBytes) found.push(path);
  }
  return found;
}

export type HostProcess = { pid: number; command: string; environ: Record<string, string> };

/** Processes of this machine, those in containers too, as root sees them. */
export function processesWhere(wanted: (process: HostProcess) => boolean): HostProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      command: readOr(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
      environ: Object.fromEntries(
        readOr(`/proc/${name}/environ`)
          .split('\0')
          .filter((line) => line.includes('='))
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    }))
    .filter(wanted);
}

/** What a process can read: its environment, and every file that was mounted into its container. */
export function credentialsOf(process: HostProcess): string[] {
  const inEnvironment = Object.entries(process.environ).flatMap(([name, value]) =>
    credentialsIn(value).map((kind) => `${kind}: $${name}`),
  );
  const mounts = readOr(`/proc/${process.pid}/mountinfo`)
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mount) => mount.startsWith('/') && !/^\/(proc|sys|dev)?(\/|$)/.test(mount));
  const inFiles = mounts.flatMap((mount) => {
    const path = `/proc/${process.pid}/root${mount}`;
    if (statOr(path)?.isFile() === true) return credentialsIn(readOr(path)).map((kind) => `${kind}: ${mount}`);
    return credentialsUnder(path, mount);
  });
  return [...new Set([...inEnvironment, ...inFiles])].toSorted();
}

/** Names the pod that a process belongs to. */
export const cgroupsOf = (pid: number): string => readOr(`/proc/${pid}/cgroup`);

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statOr(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
