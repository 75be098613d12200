import { LandfallError } from '../../contract/index.ts';
import type { ClusterApi } from './cluster-api.ts';

/** Says early and plainly when the cluster's API is closed to this machine: its public endpoint is off by default. */
export async function requireReachable(api: Pick<ClusterApi, 'ask'>, endpoint: string): Promise<void> {
  try {
    await api.ask('GET', '/version');
  } catch (cause) {
    if (!(cause instanceof LandfallError) || !cause.temporary) throw cause;
    throw new LandfallError('LF-INSTALL-010', `the cluster's API at ${endpoint} cannot be reached from here`, {
      cause,
      temporary: true,
    });
  }
}
