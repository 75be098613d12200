import * as z from 'zod';
import { LandfallError, parseJson } from '../../contract/index.ts';
import { runnerIdentity } from '../../stacks/index.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';

const configMapSchema = z.object({ data: z.object({ 'config.json': z.string() }) });
const configSchema = z.object({ install: z.object({ id: z.string(), account: z.string(), prefix: z.string() }) });
const limit = { bytes: 1_000_000, depth: 50 };

/**
 * The id of another install whose runner is in the cluster; undefined: it is ours, or there is none. A customer's cluster can have
 * the runner of another install: one that was refused beside it must not take it away.
 */
export async function otherInstall(api: Pick<ClusterApi, 'ask'>, teardownRoleArn: string): Promise<string | undefined> {
  const { namespace, serviceAccount } = runnerIdentity;
  const path = `/api/v1/namespaces/${namespace}/configmaps/${serviceAccount}`;
  const { status, body } = await api.ask('GET', path);
  if (status === 404) return undefined;
  if (status !== 200) throw new LandfallError('LF-INSTALL-008', `reading ${path} was refused with ${status}`);
  const { data } = parseJson(body, configMapSchema, path, limit);
  const { install } = parseJson(data['config.json'], configSchema, "the runner's configuration", limit);
  const isOurs = teardownRoleArn.endsWith(`::${install.account}:role/${install.prefix}-teardown`);
  return isOurs ? undefined : install.id;
}
