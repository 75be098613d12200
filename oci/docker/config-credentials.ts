import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { CredentialSource, RegistryCredentials } from '../registry/authorizer.ts';
import { askHelper, type RunHelper, runHelper } from './credential-helper.ts';
import { identityToken } from './identity-token.ts';
import { parseSecret } from './parse-secret.ts';

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        /** A refresh token that the registry gave instead of a password. */
        identitytoken: z.string().optional(),
      }),
    )
    .default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

type DockerConfig = z.infer<typeof configSchema>;

export type DockerConfigOptions = {
  /** A Docker (`config.json`) or Podman (`auth.json`) file; of several the first that knows the registry. One that is not there knows none. */
  path: string | readonly string[];
  /** `host[:port]` of the registry. */
  host: string;
  /** Starts a credential helper. Default: `docker-credential-<name>` from PATH. */
  run?: RunHelper;
};

/**
 * What `docker login` left behind: the registry's own helper, the store, or the file itself, in Docker's order. Read anew each time, since
 * helpers give short-lived passwords. A registry that the file does not know gets none (anonymous).
 */
export function dockerConfigCredentials({ path, host, run = runHelper }: DockerConfigOptions): CredentialSource {
  return async () => {
    for (const each of typeof path === 'string' ? [path] : path) {
      const config = await readConfig(each);
      const found = config === undefined ? undefined : await look(config, host, each, run);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function look(
  config: DockerConfig,
  host: string,
  path: string,
  run: RunHelper,
): Promise<RegistryCredentials | undefined> {
  const helper = lookUp(config.credHelpers, host) ?? config.credsStore;
  if (helper !== undefined) {
    const found = await askHelper(run, helper, serverName(host));
    if (found !== undefined) return found;
  }
  return fromFile(config, host, path);
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new LandfallError('LF-OCI-015', `${path} cannot be read for a registry's login`, { cause });
  }
  return parseSecret(bytes, configSchema, path, { bytes: 1024 * 1024, depth: 10 });
}

function fromFile(config: DockerConfig, host: string, path: string): RegistryCredentials | undefined {
  const entry = lookUp(config.auths, host);
  if (entry === undefined) return undefined;
  if (entry.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password };
  }
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return identityToken(entry.identitytoken, host, path);
  if (entry.auth === undefined || entry.auth === '') return undefined;
  const text = Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw new LandfallError('LF-OCI-015', `${path} holds a login of ${host} that is not "user:password"`);
  // Docker pads the password with NUL.
  return { username: text.slice(0, colon), password: withoutPadding(text.slice(colon + 1)) };
}

/** In linear time, unlike `/\0+$/`. */
function withoutPadding(password: string): string {
  let end = password.length;
  while (end > 0 && password.charCodeAt(end - 1) === 0) end--;
  return password.slice(0, end);
}

/** Keys are hosts; what older Dockers wrote (`https://host/v1/`); or, of Podman, one namespace of a host. The whole host goes first. */
function lookUp<T>(entries: Record<string, T>, host: string): T | undefined {
  const names = isHub(host) ? hubNames : [host];
  const keys = Object.keys(entries);
  const key =
    names.find((each) => Object.hasOwn(entries, each)) ??
    keys.find((each) => /^https?:\/\//.test(each) && names.includes(bareHost(each))) ??
    keys.find((each) => names.includes(bareHost(each)));
  return key === undefined ? undefined : entries[key];
}

function bareHost(key: string): string {
  const afterScheme = key.replace(/^https?:\/\//, '');
  return afterScheme.split('/')[0] ?? '';
}

/** Docker keeps its Hub under the name of its first API, Podman under the short one. */
const hubNames = ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io'];

function isHub(host: string): boolean {
  return hubNames.includes(host);
}

function serverName(host: string): string {
  return isHub(host) ? 'https://index.docker.io/v1/' : host;
}
