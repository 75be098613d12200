import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseValue } from '../../contract/index.ts';

/** Where the API server is and how to be known to it. The token is read for each call: the kubelet renews its file. */
export type KubernetesConnection = { endpoint: string; caPem: string | undefined; token: () => Promise<string> };

/** Where a pod finds the token of its account, renewed by the kubelet. */
export const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

export async function inClusterConnection(options: {
  host: string;
  port: string;
  dir?: string;
}): Promise<KubernetesConnection> {
  const dir = options.dir ?? serviceAccountDir;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    endpoint: `https://${host}:${options.port}`,
    caPem: await readFile(`${dir}/ca.crt`, 'utf8'),
    token: () => tokenFrom(`${dir}/token`),
  };
}

const kubeconfigSchema = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url(),
        'certificate-authority-data': z.string().optional(),
        'certificate-authority': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({ name: z.string(), user: z.object({ token: z.string().optional(), tokenFile: z.string().optional() }) }),
  ),
});

/** A kubeconfig whose user is a token or a token file: the runner as a local process. Client certificates and exec plugins are not read. */
export async function kubeconfigConnection(path: string): Promise<KubernetesConnection> {
  const what = `the kubeconfig ${path}`;
  const config = parseValue(parse(await readFile(path, 'utf8'), { maxAliasCount: 0 }), kubeconfigSchema, what);
  const context = config.contexts.find((item) => item.name === config['current-context'])?.context;
  const cluster = config.clusters.find((item) => item.name === context?.cluster)?.cluster;
  const user = config.users.find((item) => item.name === context?.user)?.user;
  const complete = parseValue(
    { server: cluster?.server, token: user?.token, tokenFile: user?.tokenFile },
    z.object({ server: z.url(), token: z.string().optional(), tokenFile: z.string().optional() }),
    what,
  );
  const data = cluster?.['certificate-authority-data'];
  const file = cluster?.['certificate-authority'];
  const { token, tokenFile } = complete;
  return {
    endpoint: complete.server.replace(/\/$/, ''),
    caPem: data !== undefined ? Buffer.from(data, 'base64').toString('utf8') : file && (await readFile(file, 'utf8')),
    token: tokenFile !== undefined ? () => tokenFrom(tokenFile) : () => Promise.resolve(token ?? ''),
  };
}

async function tokenFrom(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}
